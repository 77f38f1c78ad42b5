import Embeddings
import Foundation
import JSON
import TestSupport
import Testing

/// Compares the 8-bit encoder with the float32 encoder.
@Suite(.timeLimit(.minutes(10))) struct PrecisionTests {
    @Test func int8VectorsOfTheRealModelAreNearFloat32() async throws {
        let exact = try Model.encoder()
        let coarse = try SentenceEncoder(folder: TestPaths.model, threads: 2, precision: .int8)
        #expect(coarse.identity.tag != exact.identity.tag && coarse.identity.precision == "int8")
        let lines = try Data(contentsOf: TestPaths.fixtures.appending(path: "minilm-parity.jsonl")).split(separator: UInt8(ascii: "\n"))
        let texts = try lines.map { try #require(try JSONValue(parsing: [UInt8]($0))["text"]?.stringValue) }
        let (want, got) = (try await exact.embed(texts, purpose: .plain), try await coarse.embed(texts, purpose: .plain))
        #expect(got.tokenCounts == want.tokenCounts)
        let cosines = texts.indices.map { Double(cosine(got.vector($0), Array(want.vector($0)))) }
        #expect(cosines.reduce(0, +) / Double(cosines.count) >= 0.995)
        #expect(cosines.allSatisfy { $0 >= 0.99 }, "\(cosines.min() ?? 0)")
        #expect(cosines.contains { $0 < 0.99999 }, "the vectors must differ from float32")
    }

    @Test(arguments: ForwardPassTests.shapes) func int8VectorsOfRandomModelsAreAccurate(shape: ForwardPassTests.Shape) async throws {
        let model = TinyBert(
            hidden: shape.hidden, heads: shape.heads, layers: shape.layers, inner: shape.inner,
            positions: shape.positions, seed: UInt64(shape.hidden))
        let folder = try TinyModel.folder(model, cls: shape.cls)
        defer { try? FileManager.default.removeItem(at: folder) }
        let encoder = try SentenceEncoder(folder: folder, threads: 2, precision: .int8)
        var rng = SplitMix64(seed: 3)
        let sequences = [1, 2, 7, shape.positions - 1, shape.positions].map { count in
            (0..<count).map { _ in Int32.random(in: 0..<Int32(model.vocabularySize), using: &rng) }
        }
        let batch = try await encoder.embed(tokens: sequences, purpose: .passage)
        for (row, sequence) in sequences.enumerated() {
            let near = cosine(batch.vector(row), model.vector(sequence, cls: shape.cls))
            #expect(near > 0.99, "\(sequence.count) tokens: \(near)")
        }
    }

    /// More rows than a block has, and more than one thread.
    @Test func passIsBitIdenticalForEveryDivision() async throws {
        let model = TinyBert(hidden: 112, heads: 7, layers: 3, inner: 201, positions: 150, seed: 22)
        let folder = try TinyModel.folder(model)
        defer { try? FileManager.default.removeItem(at: folder) }
        let alone = try SentenceEncoder(folder: folder, threads: 1, precision: .int8)
        let divided = try [2, 3, 6].map { try SentenceEncoder(folder: folder, threads: $0, precision: .int8) }
        var rng = SplitMix64(seed: 4)
        for length in [1, 3, 16, 63, 64, 65, 150] {
            let tokens = (0..<length).map { _ in Int32.random(in: 0..<Int32(model.vocabularySize), using: &rng) }
            let want = try await alone.embed(tokens: [tokens], purpose: .passage).vectors
            for encoder in divided {
                for _ in 0..<5 {
                    #expect(try await encoder.embed(tokens: [tokens], purpose: .passage).vectors == want, "\(length) tokens")
                }
            }
        }
    }

    /// One tensor of each kind in which conversion to 8 bits would hide a NaN.
    @Test(arguments: [
        "embeddings.word_embeddings.weight", "encoder.layer.0.attention.self.key.weight",
        "encoder.layer.0.attention.self.value.bias", "encoder.layer.0.intermediate.dense.weight",
        "encoder.layer.0.intermediate.dense.bias", "encoder.layer.0.output.dense.weight",
    ])
    func aTensorThatIsNotFiniteIsNamed(tensor: String) async throws {
        let folder = try TinyModel.folder(TinyBert(hidden: 8, heads: 2, layers: 1, inner: 8, positions: 8, seed: 1))
        defer { try? FileManager.default.removeItem(at: folder) }
        try Self.setNaN(in: tensor, of: folder)
        let error = try #require(throws: EmbeddingError.self) {
            _ = try SentenceEncoder(folder: folder, threads: 1, precision: .int8)
        }
        #expect(error.code == .modelInvalid && error.detail.contains(tensor), "\(error)")
    }

    @Test func normThatIsNotFiniteIsAnErrorWhenEmbedding() async throws {
        let folder = try ForwardPassTests.folderWithoutFiniteVectors()
        defer { try? FileManager.default.removeItem(at: folder) }
        let encoder = try SentenceEncoder(folder: folder, threads: 1, precision: .int8)
        let error = await #expect(throws: EmbeddingError.self) { try await encoder.embed(["w1"], purpose: .query) }
        #expect(error?.code == .notFinite)
    }

    private static func setNaN(in tensor: String, of folder: URL) throws {
        let url = folder.appending(path: "model.safetensors")
        var bytes = try Data(contentsOf: url)
        let length = bytes.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
        let header = try JSONValue(parsing: [UInt8](bytes[8..<8 + length]))
        let start = try #require(header[tensor]?["data_offsets"]?.arrayValue?.first?.intValue)
        bytes.replaceSubrange(8 + length + start..<8 + length + start + 4, with: [0, 0, 0xC0, 0x7F])
        try bytes.write(to: url)
    }
}
