import HTTPTypes
import Memory
import Synchronization
import Telemetry

/// Counters of answered requests since the start. Cardinality is bounded: routes by template, statuses by class.
final class RequestMeter: Sendable {
    struct Route: Hashable, Sendable {
        let method: String
        /// The route's template; `none` for a path without a route.
        let path: String

        /// Unknown methods and paths are not used as labels, since clients choose them; nor are methods that a path refuses.
        init(_ method: HTTPRequest.Method, _ path: String?, _ status: HTTPResponse.Status = .ok) {
            // The router's name for a missing route has no slash.
            self.path = path.flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "none"
            self.method = Self.methods.contains(method) && status != .methodNotAllowed ? method.rawValue : "other"
        }

        /// Whether a handler served the request: the durations of other requests tell nothing.
        var isServed: Bool { path != "none" && method != "other" && method != HTTPRequest.Method.options.rawValue }

        private static let methods: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .patch, .delete, .options]
    }

    private struct Series: Hashable {
        let route: Route
        /// First digit of the status; 0 for statuses outside of 100 to 599.
        let statusClass: Int

        var labels: MetricFamily.Labels { ["method": route.method, "route": route.path, "status": "\(statusClass)xx"] }
    }

    private struct Tally {
        var interrupted = 0
        var durations = Histogram()
    }

    private let tallies = Mutex<[Series: Tally]>([:])

    /// - Parameter isComplete: whether the whole response was sent.
    func record(_ route: Route, status: HTTPResponse.Status, _ duration: Duration, isComplete: Bool = true) {
        let series = Series(route: route, statusClass: (100...599).contains(status.code) ? status.code / 100 : 0)
        tallies.withLock { tallies in
            tallies[series, default: Tally()].durations.record(duration)
            if !isComplete { tallies[series]?.interrupted += 1 }
        }
    }

    var families: [MetricFamily] {
        var requests = MetricFamily(.counter, "contextd_http_requests_total", "HTTP requests, by method, route template and status class.")
        var interrupted = MetricFamily(
            .counter, "contextd_http_responses_interrupted_total", "Responses that ended early, mostly because the client had gone.")
        var seconds = MetricFamily(
            .histogram, "contextd_http_request_duration_seconds",
            "Time from the request head to the last byte of the response, streams included, in seconds.")
        for (series, tally) in tallies.withLock({ $0 }) {
            requests.add(tally.durations.count, series.labels)
            if tally.interrupted > 0 { interrupted.add(tally.interrupted, series.labels) }
            if series.route.isServed { seconds.add(tally.durations, series.labels) }
        }
        return [requests, interrupted, seconds]
    }
}

extension Admission {
    var families: [MetricFamily] {
        var refused = MetricFamily(
            .counter, "contextd_http_requests_refused_total",
            "Requests rejected with 503 because of overload, by reason.")
        let held = memory.statistics
        refused.add(requests.refused, ["reason": "requests"])
        refused.add(held.refused, ["reason": "bodies"])
        refused.add(shares.refused, ["reason": "tenant"])
        return [
            MetricFamily(
                .gauge, "contextd_http_requests_in_flight", "HTTP requests and WebSocket queries in progress.", requests.taken),
            MetricFamily(.gauge, "contextd_http_requests_in_flight_limit", "Maximum number of requests in progress.", requests.limit),
            MetricFamily(
                .gauge, "contextd_http_body_bytes", "Memory held for clients: request bodies, parsed values, unread responses.", held.held),
            MetricFamily(.gauge, "contextd_http_body_bytes_limit", "Maximum memory held for clients (server.memory).", held.limit),
            MetricFamily(.gauge, "contextd_http_memory_waiting", "Requests waiting for memory.", held.waiting),
            MetricFamily(.counter, "contextd_http_memory_waits_total", "Requests that have waited for memory.", held.waited),
            MetricFamily(
                .counter, "contextd_http_unread_closed_total", "Connections closed because the client stopped reading.", unread.value),
            refused,
        ]
    }
}
