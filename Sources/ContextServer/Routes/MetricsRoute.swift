import Failure
import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import Telemetry

/// `GET /metrics`: counters and gauges of the process, for Prometheus. It needs no key, and so reveals nothing about any tenant unless the
/// operator allows tenant IDs.
struct MetricsRoute: Sendable {
    static let path = "/metrics"
    /// Reads the current values.
    private let families: @Sendable () async -> [MetricFamily]
    /// The concurrency limit of scrapes, which bypass admission control so that an overloaded server still reports its load.
    private let scrapes = Budget(limit: 4)

    init(_ families: @escaping @Sendable () async -> [MetricFamily]) { self.families = families }

    func add(to endpoints: Endpoints) {
        endpoints.open(.get, Self.path, .getMetrics) { _, _ in
            guard let place = scrapes.permit() else { throw Failure.overloaded("too many concurrent scrapes; try again in a moment") }
            let text = MetricText.write(await families())
            withExtendedLifetime(place) {}
            return Response(
                status: .ok, headers: [.contentType: MetricText.contentType, .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        }
    }
}
