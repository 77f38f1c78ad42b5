/// Measures completions per second with 32 concurrent clients.
struct RateBenchmark {
    let direct: Target
    let contextd: Target
    let rival: Target?
    let conditions: String

    private static let clients = 32
    private static let seconds = 5

    func run(_ numbers: inout Numbers, into report: inout Report) throws {
        for isStream in [false, true] {
            let kind = isStream ? "streamed" : "whole"
            let note = "\(Self.clients) clients, \(Self.seconds) s, clients and upstream on the same machine; \(conditions)"
            let upstream = try rate(direct, isStream, &numbers)
            report.add("completions a second, \(kind), upstream itself", upstream, "1/s", note)
            let ours = try rate(contextd, isStream, &numbers)
            let theirs = try rival.map { Report.Rival(name: $0.name, value: try rate($0, isStream, &numbers)) }
            report.add("completions a second, \(kind)", ours, "1/s", rival: theirs, note)
        }
    }

    private func rate(_ target: Target, _ isStream: Bool, _ numbers: inout Numbers) throws -> Double {
        // More than any target can complete in the time.
        let each = 20_000
        let all = numbers.next(each * Self.clients)
        let start = Clock.now()
        let end = start + Int64(Self.seconds) * 1_000_000_000
        let counts = try Threads.run(Self.clients) { client in
            let connection = target.connect()
            var count = 0
            while Clock.now() < end, count < each {
                let order = Order(all.lowerBound + client * each + count)
                let answer = try connection.send(order.request(model: target.model, isStream: isStream))
                try answer.check(of: target, contains: isStream ? "[DONE]" : "completion_tokens")
                count += 1
            }
            return count
        }
        return Double(counts.reduce(0, +)) / (Double(Clock.now() - start) / 1e9)
    }
}
