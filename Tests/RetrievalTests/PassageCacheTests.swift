import Catalog
import Citing
import JSON
import Retrieval
@_spi(ScopeMinting) import Tenancy
import TestSupport
import Testing

@Suite struct PassageCacheTests {
    private func record(_ number: Int64, text: String) throws -> ChunkRecord {
        let document = DocumentRecord(
            id: try #require(DocumentID("d")), number: 1, title: nil, url: nil, metadata: [:], metadataBytes: 2, textBytes: 9,
            chunkCount: 1,
            createdAt: Timestamp(milliseconds: 0), updatedAt: Timestamp(milliseconds: 0), sequence: 1)
        return ChunkRecord(number: number, document: document, chunk: Chunk(span: 0..<9, text: text, tokenCount: 2))
    }

    @Test func aPassageServesItsTenantOnly() throws {
        let cache = PassageCache(capacity: 1 << 20)
        let scopes = [("a", "1"), ("b", "1"), ("a", "2")].map { TenantScope(tenant: .test($0), incarnation: $1) }
        cache.keep([try record(7, text: "of a")], in: scopes[0])
        #expect(cache.records([6, 7, 8], in: scopes[0]).mapValues(\.chunk.text) == [7: "of a"])
        for scope in scopes.dropFirst() { #expect(cache.records([7], in: scope).isEmpty) }
        cache.keep([try record(7, text: "of b")], in: scopes[1])
        #expect(cache.records([7], in: scopes[0])[7]?.chunk.text == "of a")
    }

    @Test func theSizeIsBoundedAndZeroKeepsNothing() throws {
        let cache = PassageCache(capacity: 20_000)
        let scope = TenantScope(tenant: .test("a"), incarnation: "1")
        for number in 1...100 {
            cache.keep([try record(Int64(number), text: String(repeating: "x", count: 1_000))], in: scope)
            #expect(cache.bytes <= 20_000)
        }
        #expect(cache.records([100], in: scope).count == 1 && cache.records([1], in: scope).isEmpty)
        cache.keep([try record(200, text: String(repeating: "x", count: 30_000))], in: scope)
        #expect(cache.records([200], in: scope).isEmpty)
        let none = PassageCache(capacity: 0)
        none.keep([try record(1, text: "x")], in: scope)
        #expect(none.records([1], in: scope).isEmpty && none.bytes == 0)
    }
}
