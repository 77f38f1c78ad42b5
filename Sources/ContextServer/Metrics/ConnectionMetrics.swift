import Telemetry

/// Metrics of connections, and of addresses that were slowed down.
struct ConnectionMetrics: Sendable {
    let connections: Connections
    let failures: FailedKeys

    var families: [MetricFamily] {
        let counts = connections.counts
        var ended = MetricFamily(.counter, "contextd_connections_evicted_total", "Connections evicted to make room for others, or refused.")
        ended.add(counts.evicted, ["reason": "evicted"])
        ended.add(counts.refused, ["reason": "refused"])
        return [
            MetricFamily(.gauge, "contextd_connections", "Open connections.", counts.open),
            MetricFamily(.gauge, "contextd_connections_limit", "Maximum number of open connections.", connections.limits.maximum),
            MetricFamily(
                .gauge, "contextd_connections_unauthenticated", "Open connections whose last request had no valid key.",
                counts.unauthenticated),
            ended,
            MetricFamily(
                .counter, "contextd_key_failures_limited_total", "Requests with an invalid key that were answered 429.", failures.refused),
        ]
    }
}
