@_spi(ScopeMinting) import Catalog
import Citing
import Foundation
import JSON
import Tenancy
import TestSupport
import Testing

/// Lookups that every request makes are cached until a commit, by whichever connection or process it comes.
@Suite(.timeLimit(.minutes(10))) struct LookupTests {
    @Test func aKeyRevokedElsewhereFailsAtTheNextRequest() async throws {
        let fixture = try await CatalogFixture()
        let key = try await fixture.catalog.createKey(for: fixture.a.tenant, name: "", permissions: [.read])
        for _ in 0..<3 { #expect(try await fixture.catalog.verify(key)?.scope == fixture.a) }
        // Another connection stands for another process.
        let other = try fixture.reopened()
        try await other.revokeKey(key.id)
        #expect(try await fixture.catalog.verify(key) == nil)
        try other.close()
    }

    @Test func aWrongSecretFailsWhileTheRightOneIsCached() async throws {
        let fixture = try await CatalogFixture()
        let key = try await fixture.catalog.createKey(for: fixture.a.tenant, name: "", permissions: [.read])
        #expect(try await fixture.catalog.verify(key) != nil)
        let other = try await fixture.catalog.createKey(for: fixture.b.tenant, name: "", permissions: [.read])
        // The id of one key with the secret of another one.
        let mixed = try #require(APIKey(key.text.replacing(key.secret, with: other.secret)))
        #expect(mixed.id == key.id)
        #expect(try await fixture.catalog.verify(mixed) == nil)
        #expect(try await fixture.catalog.verify(key)?.scope == fixture.a)
        #expect(try await fixture.catalog.verify(other)?.scope == fixture.b)
    }

    @Test func eachCommitChangesThePosition() async throws {
        let fixture = try await CatalogFixture()
        let other = try fixture.reopened()
        for change in 1...4 {
            let catalog = change.isMultiple(of: 2) ? fixture.catalog : other
            _ = try await catalog.commit([version("d\(change)")], model: "m", in: fixture.a)
            for _ in 0..<2 { #expect(try await fixture.catalog.position(in: fixture.a).sequence == Int64(change)) }
            #expect(try await fixture.catalog.position(in: fixture.b) == .start)
        }
        try await other.deleteTenant(fixture.a.tenant)
        await #expect(throws: CatalogError.self) { try await fixture.catalog.position(in: fixture.a) }
        try other.close()
    }

    @Test func smallDocumentsAreReadAsOthersAre() async throws {
        let fixture = try await CatalogFixture()
        let catalog = fixture.catalog
        _ = try await catalog.commit(
            [version("small", chunks: 3, title: "T", metadata: ["k": "v"]), version("empty", chunks: 0), version("large", chunks: 9)],
            model: "m", in: fixture.a)
        func small(_ id: String, in scope: TenantScope) throws -> (record: DocumentRecord, chunks: [ChunkPosition], parts: DocumentParts)? {
            try catalog.smallDocumentWithSpans(.test(id), maximumChunks: 8, maximumMetadataBytes: 20, in: scope)
        }
        for id in ["small", "empty"] {
            let (expected, found) = (try await catalog.documentWithSpans(.test(id), in: fixture.a), try small(id, in: fixture.a))
            #expect(found?.record == expected.record && found?.chunks == expected.chunks)
            #expect(try small(id, in: fixture.b) == nil)
        }
        #expect(try small("large", in: fixture.a) == nil)
        #expect(try small("missing", in: fixture.a) == nil)
        _ = try await catalog.commit([version("small", metadata: ["k": "a value of many bytes"])], model: "m", in: fixture.a)
        #expect(try small("small", in: fixture.a) == nil)
        try await catalog.deleteTenant(fixture.a.tenant)
        #expect(try small("empty", in: fixture.a) == nil)
    }

    @Test func theLatestJobIsFoundInItsTenantOnly() async throws {
        let fixture = try await CatalogFixture()
        let first = try await fixture.catalog.enqueueJob(document: .test("d"), header: [:], payload: [1], in: fixture.a)
        #expect(try fixture.catalog.lookUpLatestJob(for: .test("d"), in: fixture.a)?.id == first)
        let second = try await fixture.catalog.enqueueJob(document: .test("d"), header: [:], payload: [1], in: fixture.a)
        #expect(try fixture.catalog.lookUpLatestJob(for: .test("d"), in: fixture.a)?.id == second)
        #expect(try fixture.catalog.lookUpLatestJob(for: .test("d"), in: fixture.b) == nil)
    }

    @Test func manyChunksAreReadAtOnce() async throws {
        let fixture = try await CatalogFixture()
        _ = try await fixture.catalog.commit(
            [version("x", text: "some text", chunks: 60, title: "X"), version("y", chunks: 60)], model: "m", in: fixture.a)
        _ = try await fixture.catalog.commit([version("z", chunks: 5)], model: "m", in: fixture.b)
        let numbers = Array((1...130).shuffled().map { Int64($0) })
        let found = try await fixture.catalog.chunks(numbers, in: fixture.a)
        #expect(found.count == 120 && found.allSatisfy { $0.key == $0.value.number })
        #expect(found.values.count { $0.document.id.rawValue == "x" && $0.chunk.text == "some text" } == 60)
        #expect(found.values.allSatisfy { $0.chunk.headings.first == "H" && $0.chunk.tokenCount == 2 })
        #expect(try await fixture.catalog.chunks(numbers, in: fixture.b).count == 5)
        #expect(try await fixture.catalog.chunks([], in: fixture.a).isEmpty)
    }

    @Test func timesAreWrittenAsFoundationWritesThem() {
        var rng = SplitMix64(seed: 7)
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        let odd: [Int64] = [0, 1, 999, 951_782_399_999, 951_782_400_000, 4_107_542_400_000, 253_402_300_799_999, 253_402_300_800_000, -1]
        for milliseconds in odd + (0..<2_000).map({ _ in Int64.random(in: 0..<253_402_300_800_000, using: &rng) }) {
            let expected = Date(timeIntervalSince1970: Double(milliseconds) / 1000).formatted(style)
            let written = Timestamp(milliseconds: milliseconds)
            // Foundation rounds some milliseconds down, since a `Double` of seconds does not hold them.
            #expect(
                written.iso8601.prefix(19) == expected.prefix(19) && written.iso8601.utf8.count == expected.utf8.count, "\(milliseconds)")
            if milliseconds >= 0, milliseconds < 253_402_300_800_000 { #expect(Timestamp(rfc3339: written.iso8601) == written) }
        }
    }
}
