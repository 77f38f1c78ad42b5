import Catalog
import Extraction
public import Telemetry

/// Counters of the documents and chunks that the pipeline processed, in imports and jobs, since the process started.
public final class IngestMeter: Sendable {
    public enum Document: String, CaseIterable, Sendable { case ready, failed }
    public enum Chunk: String, CaseIterable, Sendable { case embedded, reused, removed }

    public let documents = CountTable(Document.allCases)
    public let chunks = CountTable(Chunk.allCases)

    init() {}

    func add(_ counts: ChunkCounts) {
        documents.add(to: .ready)
        chunks.add(counts.embedded, to: .embedded)
        chunks.add(counts.reused, to: .reused)
        chunks.add(counts.removed, to: .removed)
    }

    func addFailure() { documents.add(to: .failed) }
}
