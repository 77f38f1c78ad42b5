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
        var requests = MetricFamily(.counter, "contextd_http_requests_total", "Requests answered, by route template and class of status.")
        var seconds = MetricFamily(
            .histogram, "contextd_http_request_duration_seconds",
            "From a request's head to its answer's head; what is streamed after is not in it.")
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
            "Requests answered 503 because too much was under way, by what there was too much of.")
        let held = memory.statistics
        refused.add(self.refused, ["reason": "requests"])
        refused.add(held.refused, ["reason": "bodies"])
        refused.add(shares.refused, ["reason": "tenant"])
        return [
            MetricFamily(
                .gauge, "contextd_http_requests_in_flight", "Requests and queries on WebSockets that are being answered.", taken),
            MetricFamily(.gauge, "contextd_http_requests_in_flight_limit", "How many may be.", limit),
            MetricFamily(
                .gauge, "contextd_http_body_bytes", "Memory held for clients: request bodies, parsed values, unread responses.", held.held),
            MetricFamily(.gauge, "contextd_http_body_bytes_limit", "Maximum of it (server.memory).", held.limit),
            MetricFamily(.gauge, "contextd_http_memory_waiting", "Requests that wait for memory now.", held.waiting),
            MetricFamily(.counter, "contextd_http_memory_waits_total", "Requests that have waited for memory.", held.waited),
            MetricFamily(
                .counter, "contextd_http_unread_closed_total", "Connections closed because the client did not read.", unread.value),
            refused,
        ]
    }
}
