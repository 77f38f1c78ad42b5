import Telemetry
import Workers

/// Metrics of the processes that read documents.
struct ExtractionMetrics {
    let meter: ExtractionMeter
    let waiting: Int

    var families: [MetricFamily] {
        var documents = MetricFamily(.counter, "contextd_extract_documents_total", "Documents given to worker processes, by outcome.")
        for (outcome, count) in meter.documents.current { documents.add(count, ["outcome": outcome.rawValue]) }
        var durations = MetricFamily(
            .histogram, "contextd_extract_duration_seconds", "Time for a worker process to read a document, by outcome, in seconds.")
        for (outcome, histogram) in meter.durations.current { durations.add(histogram, ["outcome": outcome.rawValue]) }
        let starts = meter.starts.current.values.reduce(0, +)
        return [
            documents, durations,
            MetricFamily(.counter, "contextd_extract_workers_started_total", "Worker processes started.", starts),
            MetricFamily(.gauge, "contextd_extract_waiting", "Documents that wait for a worker process.", waiting),
        ]
    }
}
