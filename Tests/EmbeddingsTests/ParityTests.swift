import Embeddings
import Foundation
import JSON
import TestSupport
import Testing

/// Compares the encoder with PyTorch and Hugging Face tokenizers, text by text.
@Suite(.timeLimit(.minutes(10))) struct ParityTests {
    /// One case: the reference's tokens and vector.
    struct Case {
        let text: String
        let tokens: [Int32]
        let vector: [Float]
    }

    @Test func ownCasesMatchTheReference() async throws {
        let cases = try Self.cases(TestPaths.fixtures.appending(path: "minilm-parity.jsonl"))
        #expect(cases.count == 36)
        try await Self.check(cases)
    }

    @Test(
        .enabled(
            if: Self.sharedCases != nil,
            "skipped: reference/minilm-parity/cases.jsonl of the shared collections not found"))
    func sharedCasesMatchTheReference() async throws {
        let cases = try Self.cases(#require(Self.sharedCases))
        #expect(cases.count == 101)
        try await Self.check(cases)
    }

    static let sharedCases: URL? = TestPaths.shared.flatMap { shared in
        let url = shared.appending(path: "reference/minilm-parity/cases.jsonl")
        return FileManager.default.fileExists(atPath: url.path) ? url : nil
    }

    private static func check(_ cases: [Case]) async throws {
        let encoder = try Model.encoder()
        for one in cases {
            #expect(encoder.tokenizer.encode(one.text, maxTokens: 256) == one.tokens, "tokens of \(one.text.prefix(80))")
        }
        let batch = try await encoder.embed(cases.map(\.text), purpose: .passage)
        #expect(batch.tokenCounts == cases.map(\.tokens.count))
        for (row, one) in cases.enumerated() {
            let cosine = cosine(batch.vector(row), one.vector)
            #expect(cosine >= 0.99999, "cosine \(cosine) of \(one.text.prefix(80))")
        }
    }

    private static func cases(_ url: URL) throws -> [Case] {
        try Data(contentsOf: url).split(separator: UInt8(ascii: "\n")).map { line in
            let value = try JSONValue(parsing: [UInt8](line))
            return Case(
                text: try #require(value["text"]?.stringValue),
                tokens: try #require(value["token_ids"]?.arrayValue).compactMap { $0.intValue.map(Int32.init) },
                vector: try #require(value["embedding"]?.arrayValue).compactMap { $0.doubleValue.map(Float.init) })
        }
    }
}
