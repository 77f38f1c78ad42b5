import Index
import Retrieval
import Telemetry
import Tenancy

/// Metrics of all tenants' open indexes together, and of searches.
struct IndexMetrics {
    let memory: (used: Int, budget: Int, openIndexes: Int)
    let open: [(scope: TenantScope, statistics: IndexStatistics)]
    let events: [IndexEvent: Int]
    let searches: SearchMeter

    var families: [MetricFamily] { counts + sizes + recall }

    private var counts: [MetricFamily] {
        var searched = MetricFamily(.counter, "contextd_searches_total", "Searches, including those for context, by mode and outcome.")
        for (search, count) in searches.searches.current {
            searched.add(count, ["mode": search.mode.rawValue, "outcome": search.outcome.rawValue])
        }
        var plans = MetricFamily(.counter, "contextd_dense_searches_total", "Dense searches in an index, by plan.")
        for (kind, count) in searches.densePlans.current { plans.add(count, ["plan": kind.rawValue]) }
        var durations = MetricFamily(
            .histogram, "contextd_search_duration_seconds", "Duration of successful searches, including embedding the query, in seconds.")
        for (mode, histogram) in searches.durations.current { durations.add(histogram, ["mode": mode.rawValue]) }
        var happened = MetricFamily(
            .counter, "contextd_index_events_total", "Index events such as loads, rebuilds and snapshots, by event.")
        for (event, count) in events { happened.add(count, ["event": event.rawValue]) }
        return [searched, plans, durations, happened]
    }

    private var sizes: [MetricFamily] {
        var indexes = MetricFamily(.gauge, "contextd_index_open", "Open indexes, by search mode.")
        for mode in [IndexStatistics.Mode.exact, .graph] {
            indexes.add(open.count { $0.statistics.mode == mode }, ["mode": mode.rawValue])
        }
        return [
            indexes, MetricFamily(.gauge, "contextd_index_memory_bytes", "Estimated memory of open indexes, in bytes.", memory.used),
            MetricFamily(
                .gauge, "contextd_index_memory_limit_bytes", "Limit beyond which the least recently used are closed (index.memory).",
                memory.budget),
            MetricFamily(.gauge, "contextd_index_chunks", "Passages in open indexes.", open.reduce(0) { $0 + $1.statistics.chunks }),
            MetricFamily(
                .gauge, "contextd_index_deleted_rows", "Deleted rows in open indexes, waiting for compaction.",
                open.reduce(0) { $0 + $1.statistics.deletedRows }),
        ]
    }

    /// The recall of open indexes that use graph search and were measured: other indexes return what a scan returns.
    private var recall: [MetricFamily] {
        let measured = open.compactMap(\.statistics.recall)
        let sample = measured.reduce(0) { $0 + $1.sampleSize }
        var family = MetricFamily(
            .gauge, "contextd_index_recall",
            """
            Share of the 10 nearest passages that graph search found: mean over the sample, lowest mean of an index, and lowest end of an \
            index's 95 % confidence interval.
            """)
        if sample > 0 {
            family.add(measured.reduce(0) { $0 + $1.mean * Double($1.sampleSize) } / Double(sample), ["statistic": "mean"])
            family.add(measured.reduce(1) { min($0, $1.mean) }, ["statistic": "lowest"])
            family.add(measured.reduce(1) { min($0, $1.lower) }, ["statistic": "lowest_bound"])
        }
        return [
            family,
            MetricFamily(.gauge, "contextd_index_recall_sample", "Graph searches of open indexes compared with an exact search.", sample),
        ]
    }
}
