import Catalog
public import Telemetry

/// Documents and passages that went through the pipeline, by import or by job, counted since the start.
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
