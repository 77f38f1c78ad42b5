import Index
import Telemetry
import Tenancy

/// Metrics of each tenant's open index, for operators who allow tenant IDs to be seen without a key.
struct TenantMetrics {
    let open: [(scope: TenantScope, statistics: IndexStatistics)]

    /// Maximum number of tenants listed: those whose indexes use the most memory.
    let limit: Int

    var families: [MetricFamily] {
        var chunks = MetricFamily(.gauge, "contextd_tenant_index_chunks", "Passages in the tenant's index.")
        var mode = MetricFamily(.gauge, "contextd_tenant_index_mode", "Always 1; the label mode is the index's search mode.")
        var bytes = MetricFamily(.gauge, "contextd_tenant_index_memory_bytes", "Estimated memory of the tenant's index, in bytes.")
        var sequence = MetricFamily(.gauge, "contextd_tenant_index_sequence", "Sequence number of the last change in the index.")
        var recall = MetricFamily(
            .gauge, "contextd_tenant_index_recall", "Share of the 10 nearest passages that graph search found.")
        var interval = MetricFamily(
            .gauge, "contextd_tenant_index_recall_interval", "Ends of the recall's 95 % confidence interval, by end.")
        var sample = MetricFamily(.gauge, "contextd_tenant_index_recall_sample", "Graph searches compared with a full scan.")
        let listed = open.sorted { $0.statistics.bytesInMemory > $1.statistics.bytesInMemory }.prefix(limit)
        for (scope, statistics) in listed {
            let tenant = scope.tenant.rawValue
            chunks.add(statistics.chunks, ["tenant": tenant])
            mode.add(1, ["tenant": tenant, "mode": statistics.mode.rawValue])
            bytes.add(statistics.bytesInMemory, ["tenant": tenant])
            sequence.add(Double(statistics.sequence), ["tenant": tenant])
            if let measured = statistics.recall {
                recall.add(measured.mean, ["tenant": tenant])
                interval.add(measured.lower, ["tenant": tenant, "end": "lower"])
                interval.add(measured.upper, ["tenant": tenant, "end": "upper"])
                sample.add(measured.sampleSize, ["tenant": tenant])
            }
        }
        let left = MetricFamily(
            .gauge, "contextd_tenant_index_unlisted", "Open indexes that are not listed: only the largest are.", open.count - listed.count
        )
        return [chunks, mode, bytes, sequence, recall, interval, sample, left]
    }
}
