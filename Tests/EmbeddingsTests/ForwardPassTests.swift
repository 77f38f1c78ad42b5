import Embeddings
import Foundation
import TestSupport
import Testing

/// Compares the forward pass on random models with the reference implementation.
@Suite(.timeLimit(.minutes(10))) struct ForwardPassTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        let hidden: Int, heads: Int, layers: Int, inner: Int, positions: Int
        let cls: Bool
        var testDescription: String { "\(hidden)/\(heads) heads, \(layers) layers, \(cls ? "cls" : "mean")" }
    }

    /// Sizes around the vector lengths of the kernels, and a sequence longer than a block of query rows.
    static let shapes = [
        Shape(hidden: 12, heads: 3, layers: 2, inner: 20, positions: 16, cls: true),
        Shape(hidden: 17, heads: 1, layers: 1, inner: 33, positions: 20, cls: false),
        Shape(hidden: 32, heads: 4, layers: 3, inner: 48, positions: 24, cls: true),
        Shape(hidden: 8, heads: 2, layers: 1, inner: 16, positions: 300, cls: false),
    ]

    @Test(arguments: shapes) func matchesThePlainForwardPass(shape: Shape) async throws {
        let model = TinyBert(
            hidden: shape.hidden, heads: shape.heads, layers: shape.layers, inner: shape.inner,
            positions: shape.positions, seed: UInt64(shape.hidden))
        let folder = try TinyModel.folder(model, cls: shape.cls)
        defer { try? FileManager.default.removeItem(at: folder) }
        let encoder = try SentenceEncoder(folder: folder, threads: 2)
        #expect(encoder.identity.dimension == shape.hidden)
        #expect(encoder.identity.maxTokens == shape.positions)
        var rng = SplitMix64(seed: 3)
        let sequences = [1, 2, 3, 7, shape.positions - 1, shape.positions].map { count in
            (0..<count).map { _ in Int32.random(in: 0..<Int32(model.vocabularySize), using: &rng) }
        }
        let batch = try await encoder.embed(tokens: sequences, purpose: .passage)
        for (row, sequence) in sequences.enumerated() {
            let want = model.vector(sequence, cls: shape.cls)
            let error = zip(batch.vector(row), want).reduce(0) { max($0, abs($1.0 - $1.1)) }
            // float32 through at most 3 layers, each with a few hundred roundings of numbers near 1: 1e-4 is generous, and a misplaced bias
            // or head causes errors of tenths.
            #expect(error < 1e-4, "\(sequence.count) tokens")
        }
    }

    @Test func sixteenBitTypesAndPrefixedNamesAreRead() async throws {
        let model = TinyBert(hidden: 16, heads: 2, layers: 2, inner: 32, positions: 16, seed: 5)
        let tokens: [[Int32]] = [[2, 7, 9, 11, 3]]
        let want = model.vector(tokens[0], cls: true)
        for (dtype, prefix, least) in [("F32", "bert.", 0.999999), ("F16", "", 0.99999), ("BF16", "", 0.999)] {
            let folder = try TinyModel.folder(model, dtype: dtype, prefix: prefix)
            defer { try? FileManager.default.removeItem(at: folder) }
            let batch = try await SentenceEncoder(folder: folder, threads: 1).embed(tokens: tokens, purpose: .query)
            #expect(cosine(batch.vectors, want) > least, "\(dtype)")
        }
    }

    @Test func batchEqualsSingleTexts() async throws {
        let encoder = try Model.encoder()
        var rng = SplitMix64(seed: 11)
        let words = "the index of a tenant holds chunks whose vectors were computed once naïve 東京 GPU 3.14".split(separator: " ")
        let texts = (0..<24).map { _ in
            (0..<Int.random(in: 0...150, using: &rng)).map { _ in String(words.randomElement(using: &rng) ?? "") }.joined(separator: " ")
        }
        let batch = try await encoder.embed(texts, purpose: .passage)
        for (row, text) in texts.enumerated() {
            let alone = try await encoder.embed([text], purpose: .query)
            let error = zip(batch.vector(row), alone.vectors).reduce(0) { max($0, abs($1.0 - $1.1)) }
            #expect(error <= 1e-5, "row \(row)")
            let length = alone.vectors.reduce(0) { $0 + Double($1) * Double($1) }
            #expect(abs(length - 1) < 1e-6)
        }
    }

    /// A single sequence is divided among all threads, in any way that the system schedules them.
    @Test func passIsBitIdenticalForEveryDivision() async throws {
        let model = TinyBert(hidden: 112, heads: 7, layers: 3, inner: 200, positions: 80, seed: 21)
        let folder = try TinyModel.folder(model)
        defer { try? FileManager.default.removeItem(at: folder) }
        let alone = try SentenceEncoder(folder: folder, threads: 1)
        let divided = try [2, 3, 6].map { try SentenceEncoder(folder: folder, threads: $0) }
        var rng = SplitMix64(seed: 4)
        for length in [1, 2, 3, 16, 17, 79, 80] {
            let tokens = (0..<length).map { _ in Int32.random(in: 0..<Int32(model.vocabularySize), using: &rng) }
            let want = try await alone.embed(tokens: [tokens], purpose: .passage).vectors
            for encoder in divided {
                for _ in 0..<10 {
                    let got = try await encoder.embed(tokens: [tokens], purpose: .passage).vectors  // never from the cache
                    #expect(got == want, "\(length) tokens")
                }
            }
        }
    }

    #if os(Linux)
        /// The layers' weights are in memory only once: packed for the kernels, and not in the mapping too.
        @Test func mappedWeightsAreNotResident() throws {
            let model = TinyBert(hidden: 256, heads: 4, layers: 2, inner: 1_024, positions: 16, seed: 2)
            let folder = try TinyModel.folder(model)
            defer { try? FileManager.default.removeItem(at: folder) }
            let file = folder.appending(path: "model.safetensors")
            let encoder = try SentenceEncoder(folder: folder, threads: 1)
            let size = try #require(try file.resourceValues(forKeys: [.fileSizeKey]).fileSize)
            let resident = try #require(try Self.residentBytes(of: file), "the encoder must keep its file mapped")
            #expect(resident < size / 8, "\(resident) of \(size) bytes")
            withExtendedLifetime(encoder) {}
        }

        /// Resident bytes of this process's mappings of a file; `nil` if there are none.
        static func residentBytes(of file: URL) throws -> Int? {
            var total: Int?
            var isOurs = false
            // Read to its end, since files in /proc report a size of 0.
            let maps = try FileHandle(forReadingFrom: URL(filePath: "/proc/self/smaps")).readToEnd() ?? Data()
            for line in String(decoding: maps, as: UTF8.self).split(separator: "\n") {
                let fields = line.split(separator: " ", omittingEmptySubsequences: true)
                if fields.count > 1, fields[0].contains("-"), !fields[0].hasSuffix(":") {
                    isOurs = line.hasSuffix(file.lastPathComponent) && line.contains(file.deletingLastPathComponent().lastPathComponent)
                } else if isOurs, fields.first == "Rss:" {
                    total = (total ?? 0) + (Int(fields[1]) ?? 0) * 1_024
                }
            }
            return total
        }
    #endif

    @Test func anEmptyTextIsItsTwoSpecialTokens() async throws {
        let encoder = try Model.encoder()
        let batch = try await encoder.embed(["", " \n"], purpose: .query)
        let direct = try await encoder.embed(tokens: [[101, 102]], purpose: .query)
        #expect(batch.tokenCounts == [2, 2])
        #expect(batch.vector(0).elementsEqual(batch.vector(1)))
        #expect(cosine(batch.vector(0), direct.vectors) > 0.9999999)
    }

    @Test func noTextsGiveAnEmptyBatch() async throws {
        let batch = try await Model.encoder().embed([], purpose: .query)
        #expect(batch.count == 0 && batch.vectors.isEmpty && batch.dimension == 384)
    }

    /// A model that gives only NaN vectors.
    static func folderWithoutFiniteVectors() throws -> URL {
        let model = TinyBert(hidden: 8, heads: 2, layers: 1, inner: 8, positions: 8, seed: 1)
        let folder = try TinyModel.folder(model)
        let url = folder.appending(path: "model.safetensors")
        var bytes = try Data(contentsOf: url)
        bytes.replaceSubrange(bytes.count - 4..<bytes.count, with: [0, 0, 0xC0, 0x7F])  // the last shift is NaN
        try bytes.write(to: url)
        return folder
    }

    @Test func weightsThatAreNotFiniteAreAnError() async throws {
        let folder = try Self.folderWithoutFiniteVectors()
        defer { try? FileManager.default.removeItem(at: folder) }
        let encoder = try SentenceEncoder(folder: folder, threads: 1)
        let error = await #expect(throws: EmbeddingError.self) { try await encoder.embed(["w1"], purpose: .query) }
        #expect(error?.code == .notFinite)
    }
}
