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

        /// Unknown methods and paths are not used as labels, since clients choose them.
        init(_ method: HTTPRequest.Method, _ path: String?) {
            self.method = Self.methods.contains(method) ? method.rawValue : "other"
            // The router's name for a missing route has no slash.
            self.path = path.flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "none"
        }

        private static let methods: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .patch, .delete, .options]
    }

    private struct Tally {
        /// Counts by the first digit of the status; element 0 counts statuses outside of 100 to 599.
        var statuses = [Int](repeating: 0, count: 6)
        var durations = Histogram()

        mutating func add(_ status: HTTPResponse.Status, _ duration: Duration) {
            let digit = status.code / 100
            statuses[statuses.indices.contains(digit) ? digit : 0] += 1
            durations.record(duration)
        }
    }

    private let tallies = Mutex<[Route: Tally]>([:])

    func record(_ route: Route, status: HTTPResponse.Status, _ duration: Duration) {
        tallies.withLock { $0[route, default: Tally()].add(status, duration) }
    }

    var families: [MetricFamily] {
        var requests = MetricFamily(.counter, "contextd_http_requests_total", "HTTP requests, by method, route template and status class.")
        var seconds = MetricFamily(
            .histogram, "contextd_http_request_duration_seconds",
            "Time from the request head to the response head, without streaming, in seconds.")
        for (route, tally) in tallies.withLock({ $0 }) {
            for (digit, count) in tally.statuses.enumerated() where count > 0 {
                requests.add(count, ["method": route.method, "route": route.path, "status": "\(digit)xx"])
            }
            seconds.add(tally.durations, ["method": route.method, "route": route.path])
        }
        return [requests, seconds]
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
