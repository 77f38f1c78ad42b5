/// How long an answer takes that was given before: the same question again and again, over a kept-alive connection.
struct CacheBenchmark {
    let contextd: Target
    let rounds: Int
    let conditions: String

    private static let requestsARound = 50

    func run(_ numbers: inout Numbers, into report: inout Report) throws {
        for isStream in [false, true] {
            let connection = contextd.connect()
            let body = Order(numbers.next()).request(model: contextd.model, isStream: isStream)
            // It is kept in the moment after it was given.
            var tries = 0
            while try connection.send(body).headers["x-contextd-origin"] != "cache" {
                tries += 1
                guard tries < 1000 else { throw Failure("contextd does not keep its answers") }
            }
            var times = Times()
            for _ in 0..<rounds * Self.requestsARound {
                let start = Clock.now()
                let answer = try connection.send(body)
                times.add(Clock.now() - start)
                try answer.check(of: contextd, contains: isStream ? "[DONE]" : "completion_tokens")
                guard answer.headers["x-contextd-origin"] == "cache" else { throw Failure("an answer was made anew") }
            }
            report.add("completion, \(isStream ? "streamed" : "whole"), from the cache", times, "\(times.count) requests; \(conditions)")
        }
    }
}
