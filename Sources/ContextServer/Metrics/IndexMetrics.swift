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

    var families: [MetricFamily] { [searched, durations, happened] + sizes + recall }

    private var searched: MetricFamily {
        var family = MetricFamily(.counter, "contextd_searches_total", "Searches, those for context included, by mode and how they ended.")
        for (search, count) in searches.searches.current {
            family.add(count, ["mode": search.mode.rawValue, "outcome": search.outcome.rawValue])
        }
        return family
    }

    private var durations: MetricFamily {
        var family = MetricFamily(
            .histogram, "contextd_search_duration_seconds", "From a search to its passages, the query's vector included.")
        for (mode, histogram) in searches.durations.current { family.add(histogram, ["mode": mode.rawValue]) }
        return family
    }

    private var happened: MetricFamily {
        var family = MetricFamily(.counter, "contextd_index_events_total", "What happened to indexes.")
        for (event, count) in events { family.add(count, ["event": event.rawValue]) }
        return family
    }

    private var sizes: [MetricFamily] {
        var indexes = MetricFamily(.gauge, "contextd_index_open", "Indexes that are open, by how they are searched.")
        for mode in [IndexStatistics.Mode.exact, .graph] {
            indexes.add(open.count { $0.statistics.mode == mode }, ["mode": mode.rawValue])
        }
        return [
            indexes, MetricFamily(.gauge, "contextd_index_memory_bytes", "Memory that open indexes are reckoned to take.", memory.used),
            MetricFamily(
                .gauge, "contextd_index_memory_limit_bytes", "Beyond which those used least recently are closed (index.memory).",
                memory.budget),
            MetricFamily(.gauge, "contextd_index_chunks", "Passages of open indexes.", open.reduce(0) { $0 + $1.statistics.chunks }),
            MetricFamily(
                .gauge, "contextd_index_deleted_rows", "Rows of open indexes that wait for compaction.",
                open.reduce(0) { $0 + $1.statistics.deletedRows }),
        ]
    }

    /// The recall of open indexes that use graph search and were measured: other indexes return what a scan returns.
    private var recall: [MetricFamily] {
        let measured = open.compactMap(\.statistics.recall)
        let sample = measured.reduce(0) { $0 + $1.sampleSize }
        var family = MetricFamily(
            .gauge, "contextd_index_recall",
            "Share of the ten nearest passages that walks of graphs found, over the sample, and in the index where it is least.")
        if sample > 0 {
            family.add(measured.reduce(0) { $0 + $1.mean * Double($1.sampleSize) } / Double(sample), ["statistic": "mean"])
            family.add(measured.reduce(1) { min($0, $1.mean) }, ["statistic": "lowest"])
        }
        return [
            family,
            MetricFamily(.gauge, "contextd_index_recall_sample", "Searches of open indexes that were compared with a scan.", sample),
        ]
    }
}
