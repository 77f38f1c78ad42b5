import Embeddings

/// Cosines between an encoder's vectors and those of the same model in float32.
struct CosinesToFloat32 {
    let mean: Double
    let least: Double

    init(_ encoder: SentenceEncoder, _ texts: [String], _ options: BenchmarkOptions) async throws {
        let exact = try SentenceEncoder(folder: options.model, threads: options.threads, queryCacheBytes: 0)
        let (ours, theirs) = (try await encoder.embed(texts, purpose: .passage), try await exact.embed(texts, purpose: .passage))
        let cosines = texts.indices.map { row in
            zip(ours.vector(row), theirs.vector(row)).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        }
        mean = cosines.reduce(0, +) / Double(cosines.count)
        least = cosines.min() ?? 0
    }
}
