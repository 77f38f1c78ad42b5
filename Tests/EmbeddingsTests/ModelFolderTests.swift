import Embeddings
import Foundation
import TestSupport
import Testing

/// A folder with a single fault is rejected with an error that names the file and the field.
@Suite(.timeLimit(.minutes(10))) struct ModelFolderTests {
    struct Fault: Sendable, CustomTestStringConvertible {
        let file: String
        /// The file's new content; `nil` removes the file.
        let content: String?
        let code: EmbeddingError.Code
        let mentions: [String]
        var testDescription: String { "\(file): \(mentions.joined(separator: ", "))" }
    }

    static let sound = TinyBert(hidden: 8, heads: 2, layers: 1, inner: 16, positions: 16, seed: 4)

    static func changed(_ from: String, _ to: String) -> String {
        sound.configuration.replacingOccurrences(of: from, with: to)
    }

    static let faults: [Fault] = [
        Fault(file: "config.json", content: nil, code: .modelMissing, mentions: ["config.json"]),
        Fault(file: "config.json", content: "{", code: .modelInvalid, mentions: ["config.json", "JSON"]),
        Fault(file: "config.json", content: "[]", code: .modelInvalid, mentions: ["config.json", "hidden_size"]),
        Fault(
            file: "config.json", content: changed(#""bert""#, #""gpt2""#), code: .unsupported,
            mentions: ["config.json", "model_type", "gpt2"]),
        Fault(file: "config.json", content: changed(#""gelu""#, #""relu""#), code: .unsupported, mentions: ["hidden_act"]),
        Fault(
            file: "config.json", content: changed(#""num_attention_heads": 2"#, #""num_attention_heads": 3"#), code: .modelInvalid,
            mentions: ["num_attention_heads"]),
        Fault(
            file: "config.json", content: changed(#""num_attention_heads": 2"#, #""num_attention_heads": 0"#), code: .modelInvalid,
            mentions: ["num_attention_heads"]),
        Fault(
            file: "config.json", content: changed(#""hidden_size": 8"#, #""hidden_size": 1e18"#), code: .modelInvalid,
            mentions: ["hidden_size"]),
        Fault(
            file: "config.json", content: changed(#""hidden_size": 8"#, #""hidden_size": "8""#), code: .modelInvalid,
            mentions: ["hidden_size"]),
        Fault(
            file: "config.json", content: changed(#""hidden_size": 8"#, #""hidden_size": 16"#), code: .modelInvalid,
            mentions: ["model.safetensors", "word_embeddings"]),
        Fault(
            file: "config.json", content: changed(#""num_hidden_layers": 1"#, #""num_hidden_layers": 2"#), code: .modelInvalid,
            mentions: ["model.safetensors", "encoder.layer.1"]),
        Fault(
            file: "config.json", content: changed(#""vocab_size": 45"#, #""vocab_size": 44"#), code: .modelInvalid, mentions: ["vocab_size"]
        ),
        Fault(
            file: "config.json", content: changed(#""layer_norm_eps": 1e-05"#, #""layer_norm_eps": -1"#), code: .modelInvalid,
            mentions: ["layer_norm_eps"]),
        Fault(file: "model.safetensors", content: nil, code: .modelMissing, mentions: ["model.safetensors"]),
        Fault(file: "model.safetensors", content: "", code: .modelInvalid, mentions: ["model.safetensors", "header"]),
        Fault(file: "vocab.txt", content: nil, code: .modelMissing, mentions: ["vocab.txt"]),
        Fault(file: "vocab.txt", content: "", code: .modelInvalid, mentions: ["vocab.txt"]),
        Fault(file: "vocab.txt", content: "a\nb\n", code: .modelInvalid, mentions: ["vocab.txt", "[UNK]"]),
        Fault(file: "modules.json", content: "{}", code: .modelInvalid, mentions: ["modules.json"]),
        Fault(
            file: "modules.json", content: #"[{"type": "x.Dense", "path": "2"}]"#, code: .unsupported, mentions: ["modules.json", "Dense"]),
        Fault(
            file: "modules.json", content: #"[{"type": "x.Pooling", "path": "../up"}]"#, code: .modelInvalid,
            mentions: ["modules.json", "path"]),
        Fault(file: "1_Pooling/config.json", content: nil, code: .modelMissing, mentions: ["1_Pooling/config.json"]),
        Fault(
            file: "1_Pooling/config.json", content: #"{"pooling_mode_max_tokens": true}"#, code: .unsupported,
            mentions: ["1_Pooling/config.json", "pooling_mode_max_tokens"]),
        Fault(
            file: "1_Pooling/config.json", content: #"{"pooling_mode_mean_tokens": false}"#, code: .modelInvalid,
            mentions: ["pooling_mode_mean_tokens"]),
        Fault(
            file: "sentence_bert_config.json", content: #"{"max_seq_length": 1}"#, code: .modelInvalid,
            mentions: ["sentence_bert_config.json", "max_seq_length"]),
        Fault(
            file: "tokenizer_config.json", content: #"{"do_lower_case": "yes"}"#, code: .modelInvalid,
            mentions: ["tokenizer_config.json", "do_lower_case"]),
    ]

    @Test(arguments: faults) func faultInTheModelFolderIsNamed(fault: Fault) throws {
        let folder = try TinyModel.folder(Self.sound)
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try SentenceEncoder(folder: folder, threads: 1)
        if let content = fault.content {
            try TinyModel.write(content, fault.file, in: folder)
        } else {
            try FileManager.default.removeItem(at: folder.appending(path: fault.file))
        }
        let error = try #require(throws: EmbeddingError.self) { _ = try SentenceEncoder(folder: folder, threads: 1) }
        #expect(error.code == fault.code, "\(error)")
        for word in fault.mentions { #expect(error.detail.contains(word), "\(error)") }
    }

    @Test func aMissingFolderIsNamed() throws {
        let error = #expect(throws: EmbeddingError.self) { _ = try SentenceEncoder(folder: URL(filePath: "/nonexistent/model")) }
        #expect(error?.code == .modelMissing && error?.detail.contains("/nonexistent/model") == true)
    }

    @Test func folderInsteadOfAFileIsAnError() throws {
        let folder = try TinyModel.folder(Self.sound)
        defer { try? FileManager.default.removeItem(at: folder) }
        let weights = folder.appending(path: "model.safetensors")
        try FileManager.default.removeItem(at: weights)
        try FileManager.default.createDirectory(at: weights, withIntermediateDirectories: true)
        let error = #expect(throws: EmbeddingError.self) { _ = try SentenceEncoder(folder: folder, threads: 1) }
        #expect(error?.code == .modelInvalid)
    }

    @Test func limitsComeFromTheFolder() throws {
        let folder = try TinyModel.folder(Self.sound)
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(try SentenceEncoder(folder: folder, threads: 1).identity.maxTokens == 16)
        try TinyModel.write(#"{"model_max_length": 1000000000000000019884624838656}"#, "tokenizer_config.json", in: folder)
        #expect(try SentenceEncoder(folder: folder, threads: 1).identity.maxTokens == 16)
        try TinyModel.write(#"{"max_seq_length": 9}"#, "sentence_bert_config.json", in: folder)
        #expect(try SentenceEncoder(folder: folder, threads: 1).identity.maxTokens == 9)
    }

    @Test func identityChangesWithWhatAffectsTheVectors() throws {
        let folder = try TinyModel.folder(Self.sound)
        defer { try? FileManager.default.removeItem(at: folder) }
        let first = try SentenceEncoder(folder: folder, threads: 1).identity
        #expect(try SentenceEncoder(folder: folder, threads: 2).identity == first)
        #expect(first.revision.count == 16 && first.tag.contains(first.revision))
        #expect(!first.tag.contains("/"))
        #expect(ModelIdentity.precision(ofTag: first.tag) == first.precision)
        try TinyModel.write(#"{"pooling_mode_mean_tokens": true}"#, "1_Pooling/config.json", in: folder)
        let pooled = try SentenceEncoder(folder: folder, threads: 1).identity
        #expect(pooled.revision != first.revision)
        try TinyModel.write(#"{"do_lower_case": false}"#, "tokenizer_config.json", in: folder)
        #expect(try SentenceEncoder(folder: folder, threads: 1).identity.revision != pooled.revision)
        let other = TinyBert(hidden: 8, heads: 2, layers: 1, inner: 16, positions: 16, seed: 5)
        let otherFolder = try TinyModel.folder(other)
        defer { try? FileManager.default.removeItem(at: otherFolder) }
        #expect(try SentenceEncoder(folder: otherFolder, threads: 1).identity.revision != first.revision)
    }

    @Test func realModelHasTheExpectedIdentity() throws {
        let identity = try Model.encoder().identity
        #expect(identity.dimension == 384 && identity.maxTokens == 256 && identity.precision == "float32")
    }
}
