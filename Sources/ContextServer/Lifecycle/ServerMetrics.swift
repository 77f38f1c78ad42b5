import Accounting
import Answers
import Completions
import Embeddings
import Ingest
import Retrieval
import Telemetry
import Workers

/// The metrics of all parts of the server.
struct ServerMetrics: Sendable {
    let services: ServerServices
    let requests: RequestMeter
    let admission: Admission
    let connections: ConnectionMetrics
    /// Maximum number of tenants that labels may name; `nil` if they may name none.
    let listedTenants: Int?

    /// Returns the current values.
    func families() async -> [MetricFamily] {
        let open = await services.indexes.openStatistics()
        let jobs = try? await services.jobs.depth()
        let index = IndexMetrics(
            memory: services.indexes.memory, open: open, events: services.indexes.events.current, searches: services.retriever.meter
        )
        let completions = CompletionMetrics(
            tallies: services.usage.tallies, depth: services.usage.depth, models: services.chat.models.all,
            cacheUse: services.chat.cacheUse.current, cached: await services.answers?.contents())
        return requests.families + admission.families + connections.families
            + EmbeddingMetrics(meter: services.embeddings, encoder: services.embedder.encoderStatistics).families + index.families
            + IngestMetrics(meter: services.jobs.meter, jobs: jobs).families
            + (services.extraction.map { ExtractionMetrics(meter: $0.meter, waiting: $0.waiting).families } ?? [])
            + completions.families + ProcessMetrics.families
            + (listedTenants.map { TenantMetrics(open: open, limit: $0).families } ?? [])
    }
}
