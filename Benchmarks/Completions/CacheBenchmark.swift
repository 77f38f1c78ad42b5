/// Measures the latency of cache hits: sends the same request repeatedly over a kept-alive connection.
struct CacheBenchmark {
    let contextd: Target
    let rounds: Int
    let conditions: String

    private static let requestsARound = 50

    func run(_ numbers: inout Numbers, into report: inout Report) throws {
        for isStream in [false, true] {
            let connection = contextd.connect()
            let body = Order(numbers.next()).request(model: contextd.model, isStream: isStream)
            // The server may store a response shortly after it has sent it.
            var tries = 0
            while try connection.send(body).headers["x-contextd-origin"] != "cache" {
                tries += 1
                guard tries < 1000 else { throw Failure("contextd did not cache the response after 1000 requests") }
            }
            var times = Times()
            for _ in 0..<rounds * Self.requestsARound {
                let start = Clock.now()
                let answer = try connection.send(body)
                times.add(Clock.now() - start)
                try answer.check(of: contextd, contains: isStream ? "[DONE]" : "completion_tokens")
                guard answer.headers["x-contextd-origin"] == "cache" else { throw Failure("expected a cache hit, got a new response") }
            }
            report.add("completion, \(isStream ? "streamed" : "whole"), from the cache", times, "\(times.count) requests; \(conditions)")
        }
    }
}
