import Ingest
import Telemetry

/// Metrics of ingestion.
struct IngestMetrics {
    let meter: IngestMeter
    /// The depth of the job queue; `nil` if the catalog cannot be read.
    let jobs: (waiting: Int, running: Int)?

    var families: [MetricFamily] {
        var documents = MetricFamily(
            .counter, "contextd_ingest_documents_total", "Documents that were uploaded or imported, by how they ended.")
        for (outcome, count) in meter.documents.current { documents.add(count, ["outcome": outcome.rawValue]) }
        var chunks = MetricFamily(
            .counter, "contextd_ingest_chunks_total", "Their passages: embedded, kept from the version before, or removed with it.")
        for (outcome, count) in meter.chunks.current { chunks.add(count, ["outcome": outcome.rawValue]) }
        var queue = MetricFamily(.gauge, "contextd_ingest_jobs", "Uploads that wait and that are worked on.")
        if let jobs {
            queue.add(jobs.waiting, ["stage": "queued"])
            queue.add(jobs.running, ["stage": "running"])
        }
        return [documents, chunks, queue]
    }
}
