import Embeddings
import Foundation
import JSON

/// A check that a model loads and embeds, with a rough measurement of its speed under the machine's current load.
struct ModelCheck {
    let folder: URL
    let precision: EmbeddingPrecision

    struct Report {
        let identity: ModelIdentity
        let loadMilliseconds: Double
        let tokensPerSecond: Double
        /// Median time to embed one short query.
        let queryMilliseconds: Double

        var json: JSONValue {
            [
                "tag": .string(identity.tag), "dimension": .init(identity.dimension), "max_tokens": .init(identity.maxTokens),
                "load_ms": .number(loadMilliseconds.rounded()), "tokens_per_second": .number(tokensPerSecond.rounded()),
                "query_ms": .number((queryMilliseconds * 100).rounded() / 100),
            ]
        }
    }

    /// - Throws: `EmbeddingError`, which names the invalid file and field; `CommandFailure` if the vectors are not meaningful.
    func run() async throws -> Report {
        let clock = ContinuousClock()
        let start = clock.now
        let encoder = try SentenceEncoder(folder: folder, precision: precision)
        let load = clock.now - start
        try await checkMeaning(encoder)
        let passages = (0..<48).map { number in
            (0..<120).map { "word\(($0 * 7 + number) % 50) in a passage of middling length" }.prefix(18).joined(separator: ", ")
        }
        let embedding = clock.now
        let batch = try await encoder.embed(passages, purpose: .passage)
        let seconds = (clock.now - embedding) / .seconds(1)
        var queries: [Double] = []
        for number in 0..<15 {
            let asked = clock.now
            _ = try await encoder.embed(["how long does it take to answer query number \(number)"], purpose: .query)
            queries.append((clock.now - asked) / .milliseconds(1))
        }
        return Report(
            identity: encoder.identity, loadMilliseconds: load / .milliseconds(1),
            tokensPerSecond: Double(batch.tokenCounts.reduce(0, +)) / max(seconds, 1e-9),
            queryMilliseconds: queries.sorted()[queries.count / 2])
    }

    /// Checks that a paraphrase is closer to a text than an unrelated text is, which holds even for small models.
    private func checkMeaning(_ encoder: SentenceEncoder) async throws {
        let batch = try await encoder.embed(
            ["The cat sleeps on the sofa.", "A cat is asleep on the couch.", "Interest rates rose by half a point."], purpose: .passage)
        func cosine(_ a: Int, _ b: Int) -> Float { zip(batch.vector(a), batch.vector(b)).map(*).reduce(0, +) }
        guard cosine(0, 1) > cosine(0, 2) else {
            throw CommandFailure("the model loads, but its vectors are not meaningful: an unrelated text is closer than a paraphrase")
        }
    }
}
