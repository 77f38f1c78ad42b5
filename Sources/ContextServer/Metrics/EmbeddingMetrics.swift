import Embeddings
import Telemetry

/// Metrics of embedding: calls of the embedder, and the queue of the encoder if it runs in this process.
struct EmbeddingMetrics {
    let meter: EmbedderMeter
    let encoder: EncoderStatistics?

    var families: [MetricFamily] { calls + (encoder.map(Self.families) ?? []) }

    private var calls: [MetricFamily] {
        var requests = MetricFamily(.counter, "contextd_embedding_requests_total", "Calls of the embedder, by what for and how they ended.")
        for (call, count) in meter.calls.current { requests.add(count, ["purpose": "\(call.purpose)", "outcome": call.outcome]) }
        var texts = MetricFamily(.counter, "contextd_embedding_texts_total", "Texts embedded, those that were remembered included.")
        for (purpose, count) in meter.texts.current { texts.add(count, ["purpose": "\(purpose)"]) }
        var tokens = MetricFamily(.counter, "contextd_embedding_tokens_total", "Their tokens.")
        for (purpose, count) in meter.tokens.current { tokens.add(count, ["purpose": "\(purpose)"]) }
        var seconds = MetricFamily(.histogram, "contextd_embedding_duration_seconds", "From the call to the vectors, waiting included.")
        for (purpose, histogram) in meter.durations.current { seconds.add(histogram, ["purpose": "\(purpose)"]) }
        return [requests, texts, tokens, seconds]
    }

    private static func families(_ statistics: EncoderStatistics) -> [MetricFamily] {
        var texts = MetricFamily(
            .counter, "contextd_encoder_texts_total",
            "Texts by where their vectors came from: the model, another's call at the same time, or memory.")
        texts.add(statistics.computed, ["source": "model"])
        texts.add(statistics.joined, ["source": "shared"])
        texts.add(statistics.remembered, ["source": "cache"])
        var queue = MetricFamily(
            .gauge, "contextd_encoder_queue_tokens",
            "Tokens that wait for the encoder: of queries and other short calls, which go first, and of the rest.")
        queue.add(statistics.urgentTokens, ["line": "urgent"])
        queue.add(statistics.otherTokens, ["line": "other"])
        var waits = MetricFamily(
            .histogram, "contextd_encoder_wait_seconds", "How long calls waited until the first of their texts was taken up.")
        waits.add(statistics.waits)
        return [
            texts, MetricFamily(.counter, "contextd_encoder_batches_total", "Batches that went through the model.", statistics.batches),
            queue, waits,
        ]
    }
}
