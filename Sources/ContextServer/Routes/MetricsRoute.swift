import Accounting
import Completions
import Embeddings
import HTTPTypes
import Hummingbird
import Ingest
import NIOCore
import Retrieval
import Telemetry

/// `GET /metrics`: counters and gauges of the process, for Prometheus. It needs no key, and so reveals nothing about any tenant unless the
/// operator allows tenant IDs.
struct MetricsRoute: Sendable {
    let services: ServerServices
    let requests: RequestMeter
    let admission: Admission
    let connections: ConnectionMetrics
    let listsTenants: Bool
    /// The concurrency limit of scrapes, which bypass admission control so that an overloaded server still reports its load.
    private let scrapes = Budget(limit: 4)

    init(
        services: ServerServices, requests: RequestMeter, admission: Admission, connections: ConnectionMetrics, listsTenants: Bool
    ) {
        (self.services, self.requests, self.admission, self.connections) = (services, requests, admission, connections)
        self.listsTenants = listsTenants
    }

    static let path = "/metrics"

    func add(to endpoints: Endpoints) {
        endpoints.open(.get, Self.path) { _, _ in
            guard let place = scrapes.permit() else { throw Problem.overloaded("too many concurrent scrapes; try again in a moment") }
            let text = MetricText.write(await families())
            withExtendedLifetime(place) {}
            return Response(
                status: .ok, headers: [.contentType: MetricText.contentType, .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        }
    }

    private func families() async -> [MetricFamily] {
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
            + IngestMetrics(meter: services.jobs.meter, jobs: jobs).families + completions.families + ProcessMetrics.families
            + (listsTenants ? TenantMetrics(open: open).families : [])
    }
}
