import Catalog
import Citing
import Foundation
import JSON
import Tenancy
import TestSupport
import Testing

/// The pages, sheets, slides and attachments of stored documents.
@Suite(.timeLimit(.minutes(10))) struct PartTests {
    private func version(_ id: String, _ spans: [Range<Int>], _ parts: [PassagePart], mark: UInt8 = 0) -> DocumentVersion {
        let text = String(repeating: "x", count: 100)
        return DocumentVersion(
            id: .test(id), title: nil, url: nil, metadata: [:], mediaType: "text/plain", text: text,
            chunks: spans.enumerated().map { place, span in
                NewChunk(
                    Chunk(span: span, text: String(repeating: "x", count: span.count), tokenCount: 1, parts: parts.overlapping(span)),
                    hash: [UInt8(place), mark], vector: [1, Float(place)])
            }, parts: parts)
    }

    /// Returns the document's chunks as a search reads them, in reading order.
    private func chunks(of id: String, _ fixture: CatalogFixture) async throws -> [Chunk] {
        let positions = try await fixture.catalog.documentWithSpans(.test(id), in: fixture.a).chunks
        let numbers = try positions.map { try #require(Int64($0.id.dropFirst())) }
        let records = try await fixture.catalog.chunks(numbers, in: fixture.a)
        let chunks = try numbers.map { try #require(records[$0]).chunk }
        #expect(positions.map(\.parts) == chunks.map(\.parts))
        return chunks
    }

    @Test func partsAreReadBackAndReplaced() async throws {
        let fixture = try await CatalogFixture()
        let pages = [
            PassagePart(kind: .page, number: 1, label: "i", span: 0..<40), PassagePart(kind: .page, number: 2, span: 40..<40),
            PassagePart(kind: .page, number: 3, span: 42..<100),
        ]
        let written = version("d", [0..<30, 30..<50, 50..<100], pages)
        _ = try await fixture.catalog.commit([written, version("plain", [0..<10], [])], model: "m", in: fixture.a)
        #expect(try await chunks(of: "d", fixture) == written.chunks.map(\.chunk))
        #expect(try await chunks(of: "plain", fixture).map(\.parts) == [[]])
        let parts = try await fixture.catalog.documentWithText(.test("d"), in: fixture.a).parts
        #expect(parts.counts == [.page: 3] && parts.names.isEmpty)
        #expect(try await fixture.catalog.documentWithSpans(.test("plain"), in: fixture.a).parts == DocumentParts())

        let sheets = [PassagePart(kind: .sheet, number: 1, label: "A", span: 0..<50), PassagePart(kind: .sheet, number: 2, span: 50..<100)]
        let second = version("d", [0..<50, 50..<100], sheets, mark: 1)
        _ = try await fixture.catalog.commit([second], model: "m", in: fixture.a)
        #expect(try await chunks(of: "d", fixture) == second.chunks.map(\.chunk))
        let small = try fixture.catalog.smallDocumentWithSpans(
            .test("d"), maximumChunks: 9, maximumMetadataBytes: 9, in: fixture.a)
        #expect(small?.parts.names == [.sheet: ["A", "2"]] && small?.parts.counts == [.sheet: 2])
        #expect(small?.chunks.map { $0.parts.map(\.number) } == [[1], [2]])
        _ = try await fixture.catalog.commit([version("d", [0..<100], [])], model: "m", in: fixture.a)
        #expect(try await fixture.catalog.documentWithText(.test("d"), in: fixture.a).parts == DocumentParts())
        await #expect(throws: CatalogError.self) { try await fixture.catalog.documentWithText(.test("d"), in: fixture.b) }
    }

    @Test func aDocumentsPartsGoWithIt() async throws {
        let fixture = try await CatalogFixture()
        let pages = [PassagePart(kind: .page, number: 1, span: 0..<100)]
        _ = try await fixture.catalog.commit([version("d", [0..<100], pages)], model: "m", in: fixture.a)
        _ = try await fixture.catalog.deleteDocument(.test("d"), in: fixture.a)
        // A document that is written afterwards has none of them.
        _ = try await fixture.catalog.commit([version("d", [0..<100], [])], model: "m", in: fixture.a)
        #expect(try await chunks(of: "d", fixture).map(\.parts) == [[]])
        _ = try await fixture.catalog.commit([version("d", [0..<100], pages)], model: "m", in: fixture.a)
        try await fixture.catalog.deleteTenant(fixture.a.tenant)
        #expect(try CatalogCheck(file: fixture.folder.appending(path: "catalog.sqlite")).isSound)
    }

    @Test func namesAreListedInOrderUpToALimit() async throws {
        let fixture = try await CatalogFixture()
        let sheets = (1...150).map { PassagePart(kind: .sheet, number: $0, label: "S\($0)", span: 0..<0) }
        _ = try await fixture.catalog.commit([version("d", [0..<9], sheets)], model: "m", in: fixture.a)
        let parts = try await fixture.catalog.documentWithText(.test("d"), in: fixture.a).parts
        #expect(parts.counts == [.sheet: 150] && parts.names[.sheet] == (1...100).map { "S\($0)" })
    }

    /// What SQL finds for a chunk is what a search through all parts finds.
    @Test(arguments: 0..<30) func theQueryAgreesWithASlowSearch(seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        let fixture = try await CatalogFixture()
        var (parts, start): ([PassagePart], Int) = ([], Int.random(in: 0..<20, using: &random))
        while start < 90 {
            let end = min(100, start + Int.random(in: 0..<20, using: &random))
            parts.append(PassagePart(kind: .page, number: parts.count + 1, label: "p\u{22}", span: start..<end))
            start = end + Int.random(in: 0..<5, using: &random)
        }
        let spans = (0..<20).map { _ in
            let start = Int.random(in: 0..<99, using: &random)
            return start..<Int.random(in: start + 1...100, using: &random)
        }
        _ = try await fixture.catalog.commit([version("d", spans, parts)], model: "m", in: fixture.a)
        let found = try await chunks(of: "d", fixture).map(\.parts)
        #expect(found == spans.map { span in parts.filter { $0.span.overlaps(span) } }, "seed \(seed)")
    }
}
