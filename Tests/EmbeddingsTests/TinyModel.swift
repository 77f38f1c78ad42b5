import Embeddings
import Foundation
import TestSupport

/// Creates model folders for tests.
enum TinyModel {
    static let specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]

    /// A tokenizer with the special tokens and these pieces, and with `tokenizer.json` and `tokenizer_config.json` if given.
    static func tokenizer(
        vocabulary: [String], tokenizerJSON: String? = nil, config: String? = nil
    ) throws -> WordPieceTokenizer {
        let folder = try TestPaths.scratch("tokenizer")
        defer { try? FileManager.default.removeItem(at: folder) }
        try write(vocabulary: vocabulary, to: folder)
        if let tokenizerJSON { try write(tokenizerJSON, "tokenizer.json", in: folder) }
        if let config { try write(config, "tokenizer_config.json", in: folder) }
        return try WordPieceTokenizer(folder: folder)
    }

    static func write(vocabulary: [String], to folder: URL) throws {
        try write((specials + vocabulary).map { $0 + "\n" }.joined(), "vocab.txt", in: folder)
    }

    static func write(_ text: String, _ name: String, in folder: URL) throws {
        let url = folder.appending(path: name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    /// Writes a whole model with seeded random weights to a new folder.
    static func folder(_ model: TinyBert, dtype: String = "F32", prefix: String = "", cls: Bool = true) throws -> URL {
        let folder = try TestPaths.scratch("tiny-bert")
        try write(vocabulary: model.words, to: folder)
        try write(model.configuration, "config.json", in: folder)
        try write(#"[{"type": "x.Transformer", "path": ""}, {"type": "x.Pooling", "path": "1_Pooling"}]"#, "modules.json", in: folder)
        try write(
            #"{"pooling_mode_cls_token": \#(cls), "pooling_mode_mean_tokens": \#(!cls)}"#, "1_Pooling/config.json", in: folder)
        try Safetensors.bytes(model.tensors, dtype: dtype, prefix: prefix)
            .write(to: folder.appending(path: "model.safetensors"))
        return folder
    }
}

/// Writes the file format that the encoder reads.
enum Safetensors {
    static func bytes(_ tensors: [(name: String, shape: [Int], values: [Float])], dtype: String, prefix: String) -> Data {
        var data = Data()
        var entries: [String] = []
        for tensor in tensors {
            let start = data.count
            for value in tensor.values { append(value, dtype, to: &data) }
            entries.append(
                #""\#(prefix)\#(tensor.name)": {"dtype": "\#(dtype)", "shape": \#(tensor.shape), "data_offsets": [\#(start), \#(data.count)]}"#
            )
        }
        return file(header: "{\"__metadata__\": {\"format\": \"pt\"}, " + entries.joined(separator: ", ") + "}", data: data)
    }

    static func file(header: String, data: Data) -> Data {
        let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        var file = Data()
        withUnsafeBytes(of: UInt64(padded.utf8.count).littleEndian) { file.append(contentsOf: $0) }
        return file + Data(padded.utf8) + data
    }

    private static func append(_ value: Float, _ dtype: String, to data: inout Data) {
        switch dtype {
        case "F32": withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
        case "BF16": withUnsafeBytes(of: UInt16(value.bitPattern >> 16).littleEndian) { data.append(contentsOf: $0) }
        default: withUnsafeBytes(of: half(value).littleEndian) { data.append(contentsOf: $0) }
        }
    }

    /// Converts to IEEE binary16, truncated instead of rounded; values below its normal range become subnormal or 0.
    static func half(_ value: Float) -> UInt16 {
        let sign = UInt16(value.sign == .minus ? 0x8000 : 0)
        let size = abs(value)
        if size < 0x1p-14 { return sign | UInt16(size * 0x1p24) }
        return sign | UInt16(size.exponent + 15) << 10 | UInt16((size.significand - 1) * 1024)
    }
}
