import Embeddings
import Foundation
import TestSupport
import Testing

/// The header of a weights file: valid headers are parsed, invalid ones are errors, none traps.
@Suite(.timeLimit(.minutes(10))) struct SafetensorsTests {
    static func parse(_ data: Data) throws -> SafetensorsHeader {
        let bytes = [UInt8](data)
        return try SafetensorsHeader(size: bytes.count, file: "model.safetensors") { Array(bytes[$0]) }
    }

    static func file(_ header: String, dataSize: Int = 0) -> Data {
        Safetensors.file(header: header, data: Data(count: dataSize))
    }

    @Test func validHeaderIsRead() throws {
        let header = try Self.parse(
            Self.file(
                #"{"__metadata__": {"a": "b"}, "x": {"dtype": "F32", "shape": [2, 3], "data_offsets": [8, 32]}, "#
                    + #""y": {"dtype": "I64", "shape": [], "data_offsets": [0, 8]}}"#, dataSize: 32))
        #expect(header.tensors.count == 2)
        #expect(header.tensors["x"]?.shape == [2, 3])
        #expect(header.tensors["x"]?.range == 8..<32)
        #expect(header.tensors["y"]?.type == nil)
        #expect(header.dataOffset % 8 == 0)
    }

    @Test(arguments: [
        #"[]"#, #"{"x": 1}"#, #"{"x": {"shape": [1], "data_offsets": [0, 4]}}"#,
        #"{"x": {"dtype": "F32", "data_offsets": [0, 4]}}"#,
        #"{"x": {"dtype": "F32", "shape": [1]}}"#,
        #"{"x": {"dtype": "F32", "shape": [1], "data_offsets": [0]}}"#,
        #"{"x": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}}"#,
        #"{"x": {"dtype": "F32", "shape": [1], "data_offsets": [-4, 0]}}"#,
        #"{"x": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}"#,
        #"{"x": {"dtype": "F32", "shape": [1], "data_offsets": [0, 9223372036854775807]}}"#,
        #"{"x": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}"#,
        #"{"x": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}"#,
        #"{"x": {"dtype": "F32", "shape": [1.5], "data_offsets": [0, 4]}}"#,
        #"{"x": {"dtype": "F32", "shape": [4294967296, 4294967296], "data_offsets": [0, 4]}}"#,
        #"{"x": {"dtype": "F32", "shape": [4611686018427387905], "data_offsets": [0, 4]}}"#,
        #"{"x": {"dtype": "F32", "shape": [1e300], "data_offsets": [0, 4]}}"#,
        #"{"x": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}, "y": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}"#,
        #"{"x": {"dtype": "U8", "shape": [3], "data_offsets": [0, 3]}}"#,
        #"{}"#, #"{"x": "#,
    ])
    func invalidHeadersAreErrors(header: String) throws {
        let error = #expect(throws: EmbeddingError.self) { try Self.parse(Self.file(header, dataSize: 4)) }
        #expect(error?.code == .modelInvalid)
        #expect(error?.detail.contains("model.safetensors") == true)
    }

    @Test func deepNestingAndHugeLengthsAreErrors() throws {
        let deep = String(repeating: "[", count: 200_000)
        #expect(throws: EmbeddingError.self) { try Self.parse(Self.file(deep)) }
        for length in [UInt64.max, 1 << 63, 100_000_001, 17, 1] {
            var data = Data()
            withUnsafeBytes(of: length.littleEndian) { data.append(contentsOf: $0) }
            data.append(contentsOf: "{}      ".utf8)
            #expect(throws: EmbeddingError.self) { try Self.parse(data) }
        }
    }

    @Test func everyTruncationIsAnError() throws {
        let model = TinyBert(hidden: 4, heads: 1, layers: 1, inner: 4, positions: 4, seed: 2)
        let whole = Safetensors.bytes(model.tensors, dtype: "F32", prefix: "")
        #expect(try Self.parse(whole).tensors.count == model.tensors.count)
        for length in stride(from: 0, to: whole.count, by: 7) {
            #expect(throws: EmbeddingError.self, "\(length) bytes") { try Self.parse(whole.prefix(length)) }
        }
    }

    /// Another program truncates the file while a model is loaded from it.
    @Test(arguments: ["F32", "F16"]) func fileTruncatedWhileItIsReadIsAnError(dtype: String) throws {
        let folder = try TinyModel.folder(ModelFolderTests.sound, dtype: dtype)
        let url = folder.appending(path: "model.safetensors")
        let file = try SafetensorsFile(url)
        let wanted = ModelFolderTests.sound.tensors[0]
        let tensor = try file.tensor(wanted.name, shape: wanted.shape)
        let values = try tensor.values()
        #expect(zip(values, wanted.values).allSatisfy { abs($0 - $1) < 0.01 } && values.count == wanted.values.count)
        let handle = try FileHandle(forWritingTo: url)
        defer { try? handle.close() }
        try handle.truncate(atOffset: 0)
        let error = #expect(throws: EmbeddingError.self) { try tensor.values() }
        #expect(error?.code == .modelInvalid && error?.detail == "model.safetensors: file: truncated while it was read")
    }

    /// A header with a flipped byte is an error, or describes tensors that lie within the file.
    @Test func flippedBytesNeverTrap() throws {
        let model = TinyBert(hidden: 4, heads: 1, layers: 1, inner: 4, positions: 4, seed: 2)
        let whole = [UInt8](Safetensors.bytes(model.tensors, dtype: "F32", prefix: ""))
        let headerEnd = try Self.parse(Data(whole)).dataOffset
        var rng = SplitMix64(seed: 21)
        var refused = 0
        for round in 0..<3_000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...3, using: &rng) {
                bytes[Int.random(in: 0..<headerEnd, using: &rng)] ^= 1 << UInt8.random(in: 0..<8, using: &rng)
            }
            do {
                let header = try SafetensorsHeader(size: bytes.count, file: "f") { Array(bytes[$0]) }
                for tensor in header.tensors.values {
                    #expect(header.dataOffset + tensor.range.upperBound <= bytes.count, "round \(round)")
                    if let type = tensor.type {
                        #expect(tensor.count * type.size == tensor.range.count, "round \(round)")
                    }
                }
            } catch { refused += 1 }
        }
        #expect(refused > 1_000)
    }
}
