import Ingest
import Telemetry

/// Metrics of ingestion.
struct IngestMetrics {
    let meter: IngestMeter
    /// The depth of the job queue; `nil` if the catalog cannot be read.
    let jobs: (waiting: Int, running: Int)?

    var families: [MetricFamily] {
        var documents = MetricFamily(
            .counter, "contextd_ingest_documents_total", "Documents ingested by upload or import, by outcome.")
        for (outcome, count) in meter.documents.current { documents.add(count, ["outcome": outcome.rawValue]) }
        var chunks = MetricFamily(
            .counter, "contextd_ingest_chunks_total", "Passages of ingested documents: embedded, reused or removed.")
        for (outcome, count) in meter.chunks.current { chunks.add(count, ["outcome": outcome.rawValue]) }
        var queue = MetricFamily(.gauge, "contextd_ingest_jobs", "Uploads in the queue and in progress, by stage.")
        if let jobs {
            queue.add(jobs.waiting, ["stage": "queued"])
            queue.add(jobs.running, ["stage": "running"])
        }
        return [documents, chunks, queue]
    }
}
