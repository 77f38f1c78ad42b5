import Embeddings
import Foundation
import TestSupport
import Testing

/// The prompts in a model's folder: texts are embedded with them. Compares the encoder with the reference forward pass over explicit
/// tokens.
@Suite(.timeLimit(.minutes(10))) struct PromptTests {
    /// Words are w0 … w39, with the ids 5 … 44 after the special tokens.
    private static let model = TinyBert(hidden: 12, heads: 2, layers: 1, inner: 20, positions: 16, seed: 31)

    private static func folder(_ settings: String?) throws -> URL {
        let folder = try TinyModel.folder(model, cls: false)
        if let settings { try TinyModel.write(settings, "config_sentence_transformers.json", in: folder) }
        return folder
    }

    private static func expect(
        _ encoder: SentenceEncoder, _ purpose: EmbeddingPurpose, _ text: String, reads words: [Int32],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let tokens = [2] + words.map { $0 + 5 } + [3]
        let batch = try await encoder.embed([text], purpose: purpose)
        #expect(batch.tokenCounts == [tokens.count], sourceLocation: sourceLocation)
        #expect(cosine(batch.vectors, model.vector(tokens, cls: false)) > 0.99999, sourceLocation: sourceLocation)
    }

    struct Settings: Sendable, CustomTestStringConvertible {
        let json: String
        /// Words that are prepended to a text.
        let query: [Int32], passage: [Int32], plain: [Int32]
        var testDescription: String { json }
    }

    static let settings = [
        Settings(json: "{}", query: [], passage: [], plain: []),
        Settings(json: #"{"prompts": null, "default_prompt_name": null, "suffix": ""}"#, query: [], passage: [], plain: []),
        Settings(json: #"{"prompts": {"query": "w1 ", "passage": "w2 "}}"#, query: [1], passage: [2], plain: []),
        Settings(json: #"{"prompts": {"query": "w1 w3 ", "document": "w2 "}}"#, query: [1, 3], passage: [2], plain: []),
        Settings(json: #"{"prompts": {"corpus": "w2 "}}"#, query: [], passage: [2], plain: []),
        Settings(json: #"{"prompts": {"corpus": "w4 ", "passage": "w2 "}}"#, query: [], passage: [2], plain: []),
        Settings(json: #"{"prompts": {"document": "", "passage": "w2 "}}"#, query: [], passage: [], plain: []),
        Settings(
            json: #"{"prompts": {"query": "w1 ", "document": "w2 "}, "default_prompt_name": "document"}"#, query: [1], passage: [2],
            plain: [2]),
        Settings(json: #"{"prompts": {"other": "w7 "}, "default_prompt_name": "other"}"#, query: [7], passage: [7], plain: [7]),
        Settings(json: #"{"prompts": {"query": "", "other": "w7 "}, "default_prompt_name": "other"}"#, query: [], passage: [7], plain: [7]),
    ]

    @Test(arguments: settings) func eachPurposeHasItsPrompt(settings: Settings) async throws {
        let folder = try Self.folder(settings.json)
        defer { try? FileManager.default.removeItem(at: folder) }
        let encoder = try SentenceEncoder(folder: folder, threads: 1)
        for (purpose, prompt) in [(EmbeddingPurpose.query, settings.query), (.passage, settings.passage), (.plain, settings.plain)] {
            try await Self.expect(encoder, purpose, "w9 w10", reads: prompt + [9, 10])
            try await Self.expect(encoder, purpose, "", reads: prompt)
        }
        #expect(encoder.identity.promptTokens == settings.passage.count)
    }

    @Test func promptIsPrependedToTheTextBeforeTokenizing() async throws {
        let folder = try Self.folder(#"{"prompts": {"query": "w1"}}"#)
        defer { try? FileManager.default.removeItem(at: folder) }
        let encoder = try SentenceEncoder(folder: folder, threads: 1)
        try await Self.expect(encoder, .query, "2 w3", reads: [12, 3])
        let tokens: [Int32] = [2, 8, 3]
        let batch = try await encoder.embed(tokens: [tokens], purpose: .query)
        #expect(batch.tokenCounts == [3] && cosine(batch.vectors, Self.model.vector(tokens, cls: false)) > 0.99999)
    }

    @Test func longTextIsTruncatedAfterItsPrompt() async throws {
        let folder = try Self.folder(#"{"prompts": {"passage": "w1 w2 w3 w4 w5 w6 w7 w8 "}}"#)
        defer { try? FileManager.default.removeItem(at: folder) }
        let encoder = try SentenceEncoder(folder: folder, threads: 1)
        let text = (10..<30).map { "w\($0)" }.joined(separator: " ")
        try await Self.expect(encoder, .passage, text, reads: [1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15])
    }

    @Test func promptsChangeTheFingerprint() throws {
        let folder = try Self.folder(nil)
        defer { try? FileManager.default.removeItem(at: folder) }
        var revisions: Set<String> = []
        for json in [#"{"prompts": {"query": "w1"}}"#, #"{"prompts": {"passage": "w1"}}"#, #"{"prompts": {"query": "w1 "}}"#] {
            try TinyModel.write(json, "config_sentence_transformers.json", in: folder)
            revisions.insert(try SentenceEncoder(folder: folder, threads: 1).identity.revision)
        }
        #expect(revisions.count == 3)
        // Without prompts, regardless of how the file says so: its version numbers have no effect.
        try FileManager.default.removeItem(at: folder.appending(path: "config_sentence_transformers.json"))
        let without = try SentenceEncoder(folder: folder, threads: 1).identity.revision
        #expect(!revisions.contains(without))
        for json in [#"{"__version__": {"pytorch": "2"}}"#, #"{"prompts": {"query": "", "other": "w1"}}"#] {
            try TinyModel.write(json, "config_sentence_transformers.json", in: folder)
            #expect(try SentenceEncoder(folder: folder, threads: 1).identity.revision == without)
        }
    }

    @Test(arguments: [
        (#"{"prompts": {"query": 1}}"#, EmbeddingError.Code.modelInvalid, "prompts.query"),
        (#"{"prompts": {"unused": ["x"]}}"#, .modelInvalid, "prompts.unused"),
        (#"{"prompts": ["query: "]}"#, .modelInvalid, "prompts"),
        (#"{"prompts": "query: "}"#, .modelInvalid, "prompts"),
        (#"{"prompts": {"query": "w1 w1 w1 w1 w1 w1 w1 w1 w1"}}"#, .modelInvalid, "prompts"),
        (#"{"prompts": {"query": ""}, "default_prompt_name": "text"}"#, .modelInvalid, "default_prompt_name"),
        (#"{"default_prompt_name": "text"}"#, .modelInvalid, "default_prompt_name"),
        (#"{"default_prompt_name": 7}"#, .modelInvalid, "default_prompt_name"),
        (#"{"suffix": "w1"}"#, .unsupported, "suffix"),
        (#"{"suffix": 1}"#, .modelInvalid, "suffix"),
        (#"[]"#, .modelInvalid, "file"),
        (#"{"prompts": "#, .modelInvalid, "file"),
    ])
    func faultInThePromptsIsNamed(json: String, code: EmbeddingError.Code, field: String) throws {
        let folder = try Self.folder(json)
        defer { try? FileManager.default.removeItem(at: folder) }
        let error = try #require(throws: EmbeddingError.self) { _ = try SentenceEncoder(folder: folder, threads: 1) }
        #expect(error.code == code && error.detail.hasPrefix("config_sentence_transformers.json: \(field)"), "\(error)")
    }

    /// Models that exclude the prompt from the mean are unsupported with a prompt.
    @Test func meanThatExcludesThePromptIsUnsupported() throws {
        let folder = try Self.folder(nil)
        defer { try? FileManager.default.removeItem(at: folder) }
        try TinyModel.write(#"{"pooling_mode_mean_tokens": true, "include_prompt": false}"#, "1_Pooling/config.json", in: folder)
        _ = try SentenceEncoder(folder: folder, threads: 1)
        try TinyModel.write(#"{"prompts": {"query": "w1 "}}"#, "config_sentence_transformers.json", in: folder)
        let error = try #require(throws: EmbeddingError.self) { _ = try SentenceEncoder(folder: folder, threads: 1) }
        #expect(error.code == .unsupported && error.detail.contains("1_Pooling/config.json: include_prompt"), "\(error)")
        try TinyModel.write(
            #"{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false, "include_prompt": false}"#,
            "1_Pooling/config.json", in: folder)
        _ = try SentenceEncoder(folder: folder, threads: 1)
    }
}
