import Embeddings
import Telemetry

/// Metrics of embedding: calls of the embedder, and the queue of the encoder if it runs in this process.
struct EmbeddingMetrics {
    let meter: EmbedderMeter
    let encoder: EncoderStatistics?

    var families: [MetricFamily] { calls + (encoder.map(Self.families) ?? []) }

    private var calls: [MetricFamily] {
        var requests = MetricFamily(.counter, "contextd_embedding_requests_total", "Calls of the embedder, by purpose and outcome.")
        for (call, count) in meter.calls.current { requests.add(count, ["purpose": "\(call.purpose)", "outcome": call.outcome]) }
        var texts = MetricFamily(.counter, "contextd_embedding_texts_total", "Embedded texts, including cache hits, by purpose.")
        for (purpose, count) in meter.texts.current { texts.add(count, ["purpose": "\(purpose)"]) }
        var tokens = MetricFamily(.counter, "contextd_embedding_tokens_total", "Tokens of embedded texts, by purpose.")
        for (purpose, count) in meter.tokens.current { tokens.add(count, ["purpose": "\(purpose)"]) }
        var seconds = MetricFamily(.histogram, "contextd_embedding_duration_seconds", "Duration of embedder calls, waiting included.")
        for (purpose, histogram) in meter.durations.current { seconds.add(histogram, ["purpose": "\(purpose)"]) }
        return [requests, texts, tokens, seconds]
    }

    private static func families(_ statistics: EncoderStatistics) -> [MetricFamily] {
        var texts = MetricFamily(
            .counter, "contextd_encoder_texts_total",
            "Texts by the source of their vectors: the model, a coalesced request (shared), or the cache.")
        texts.add(statistics.computed, ["source": "model"])
        texts.add(statistics.joined, ["source": "shared"])
        texts.add(statistics.remembered, ["source": "cache"])
        var queue = MetricFamily(
            .gauge, "contextd_encoder_queue_tokens",
            "Tokens waiting for the encoder: of queries and other short calls (urgent), and of other calls.")
        queue.add(statistics.urgentTokens, ["queue": "urgent"])
        queue.add(statistics.otherTokens, ["queue": "other"])
        var waits = MetricFamily(
            .histogram, "contextd_encoder_wait_seconds", "Waiting time of calls until their first text was processed, in seconds.")
        waits.add(statistics.waits)
        return [
            texts, MetricFamily(.counter, "contextd_encoder_batches_total", "Batches processed by the model.", statistics.batches),
            queue, waits,
        ]
    }
}
