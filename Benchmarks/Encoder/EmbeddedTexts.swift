import Embeddings
import Foundation

/// Embeds real texts, for the benchmarks of the index.
enum EmbeddedTexts {
    private static let requestTexts = 1_024

    /// Writes the vector of each text as float32, row by row.
    static func write(_ options: BenchmarkOptions, to file: URL) async throws {
        let texts = try options.texts.map { try BenchmarkTexts.read($0, count: options.count) } ?? BenchmarkTexts.made(count: options.count)
        let encoder = try SentenceEncoder(folder: options.model, threads: options.threads, precision: options.precision)
        var bytes = Data(capacity: texts.count * encoder.identity.dimension * MemoryLayout<Float>.stride)
        for start in stride(from: 0, to: texts.count, by: requestTexts) {
            let batch = try await encoder.embed(Array(texts[start..<min(start + requestTexts, texts.count)]), purpose: .passage)
            batch.vectors.withUnsafeBytes { bytes.append(contentsOf: $0) }
        }
        try bytes.write(to: file)
    }
}
