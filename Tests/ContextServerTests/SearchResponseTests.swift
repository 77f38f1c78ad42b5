import Catalog
import Citing
import ContextServer
import Index
import JSON
import Retrieval
import TestSupport
import Testing

@Suite struct SearchResponseTests {
    private static let parts: [[PassagePart]] = [
        [],
        [
            PassagePart(kind: .page, number: 3, label: "iii\"", span: 0..<5), PassagePart(kind: .page, number: 4, span: 5..<9),
        ], [PassagePart(kind: .page, number: 3, span: 0..<5)], [PassagePart(kind: .sheet, number: 1, label: "A\n\"", span: 0..<5)],
        [PassagePart(kind: .slide, number: 7, span: 0..<5)], [PassagePart(kind: .attachment, number: 1, span: 0..<5)],
    ]

    /// The text that a search writes is that of its JSON value.
    @Test func aResultIsWrittenAsItsValueIs() throws {
        let scores: [Float] = [
            0, 1, -0.5, 0.1, 0.333_333_34, 1e-5, 9.99e-5, 1e-4, 123.456, 16_777_215, 16_777_216, 1e20, .leastNonzeroMagnitude,
        ]
        for (number, score) in scores.enumerated() {
            let isEven = number.isMultiple(of: 2)
            let document = DocumentRecord(
                id: .test("d\(number)"), number: Int64(number), title: isEven ? nil : "A \"title\"\n",
                url: isEven ? "https://x.example/ü" : nil,
                metadata: isEven ? [:] : ["a": [1, 2.5, .null], "b": ["c": true]], metadataBytes: 9, textBytes: 10, chunkCount: 1,
                createdAt: Timestamp(milliseconds: 0), updatedAt: Timestamp(milliseconds: 1), sequence: 1)
            let chunk = Chunk(
                span: number..<number + 40, headings: isEven ? [] : ["One", "\\two\\"], text: "Text \(number) with \u{1} and “quotes”",
                tokenCount: 3, parts: Self.parts[number % Self.parts.count])
            let evidence = LexicalEvidence(score: score, coverage: 0.5, title: 0, proximity: 0.25, hasPhrases: true)
            let result = SearchResult(
                ChunkRecord(number: Int64(number), document: document, chunk: chunk), score: score,
                parts: ScoreParts(dense: isEven ? nil : 0.7, evidence: evidence, densePlan: isEven ? .graph(ef: 3) : nil))
            for explains in [false, true] {
                var written: [UInt8] = []
                result.write(into: &written, explains: explains)
                #expect(String(decoding: written, as: UTF8.self) == result.json(explains: explains).description)
            }
        }
    }
}
