import Index
import Telemetry
import Tenancy

/// Metrics of each tenant's open index, for operators who allow tenant IDs to be seen without a key.
struct TenantMetrics {
    let open: [(scope: TenantScope, statistics: IndexStatistics)]

    /// Maximum number of tenants listed: those whose indexes use the most memory.
    static let limit = 1000

    var families: [MetricFamily] {
        var chunks = MetricFamily(.gauge, "contextd_tenant_index_chunks", "Passages of the tenant's index.")
        var mode = MetricFamily(.gauge, "contextd_tenant_index_mode", "1 for how it is searched.")
        var bytes = MetricFamily(.gauge, "contextd_tenant_index_memory_bytes", "Memory that it takes.")
        var generation = MetricFamily(.gauge, "contextd_tenant_index_generation", "Number of the tenant's last change that it has.")
        var recall = MetricFamily(
            .gauge, "contextd_tenant_index_recall", "Share of the ten nearest passages that walks of its graph found.")
        var sample = MetricFamily(.gauge, "contextd_tenant_index_recall_sample", "Searches by which that was measured.")
        let listed = open.sorted { $0.statistics.bytesInMemory > $1.statistics.bytesInMemory }.prefix(Self.limit)
        for (scope, statistics) in listed {
            let tenant = scope.tenant.rawValue
            chunks.add(statistics.chunks, ["tenant": tenant])
            mode.add(1, ["tenant": tenant, "mode": statistics.mode.rawValue])
            bytes.add(statistics.bytesInMemory, ["tenant": tenant])
            generation.add(Double(statistics.sequence), ["tenant": tenant])
            recall.add(statistics.recall?.mean ?? 1, ["tenant": tenant])
            sample.add(statistics.recall?.sampleSize ?? 0, ["tenant": tenant])
        }
        let left = MetricFamily(
            .gauge, "contextd_tenant_index_unlisted", "Open indexes that are not in this list, which is bounded.", open.count - listed.count
        )
        return [chunks, mode, bytes, generation, recall, sample, left]
    }
}
