/// Measures how long a small completion takes, one at a time over a kept-alive connection: from the upstream itself, through contextd and
/// through the rival. The three are measured in turn, so that other load on the machine affects all of them.
struct HopBenchmark {
    let direct: Target
    let contextd: Target
    let rival: Target?
    let rounds: Int
    let conditions: String

    private static let requestsARound = 50
    /// Fewer than to contextd, since the rival is slow.
    private static let rivalRequestsARound = 10
    private static let warmUp = 100

    func run(_ numbers: inout Numbers, into report: inout Report) throws {
        for isStream in [false, true] {
            let kind = isStream ? "streamed" : "whole"
            let targets = [direct, contextd] + (rival.map { [$0] } ?? [])
            let connections = targets.map { ($0, $0.connect()) }
            for (target, connection) in connections { _ = try measure(target, connection, isStream, Self.warmUp, &numbers) }
            var times = [Times](repeating: Times(), count: targets.count)
            for _ in 0..<rounds {
                for (place, (target, connection)) in connections.enumerated() {
                    let count = place == 2 ? Self.rivalRequestsARound : Self.requestsARound
                    times[place].add(try measure(target, connection, isStream, count, &numbers))
                }
            }
            let note = "16 words, \(times[1].count) requests, one at a time; \(conditions)"
            report.add("completion, \(kind), upstream itself", times[0], note)
            report.add("completion, \(kind), whole hop", times[1], rival: rival.map { ($0.name, times[2]) }, note)
            let added = times.map { $0.percentile(0.5) - times[0].percentile(0.5) }
            report.add(
                "completion, \(kind), added by the hop, p50", added[1], "ms",
                rival: rival.map { Report.Rival(name: $0.name, value: added[2]) }, note)
        }
    }

    private func measure(
        _ target: Target, _ connection: HTTPConnection, _ isStream: Bool, _ count: Int, _ numbers: inout Numbers
    ) throws -> Times {
        var times = Times()
        for _ in 0..<count {
            let body = Order(numbers.next()).request(model: target.model, isStream: isStream)
            let start = Clock.now()
            let answer = try connection.send(body)
            times.add(Clock.now() - start)
            try answer.check(of: target, contains: isStream ? "[DONE]" : "completion_tokens")
        }
        return times
    }
}

/// Numbers the orders, so that no two requests are equal.
struct Numbers {
    private var last = 0

    mutating func next() -> Int {
        last += 1
        return last
    }

    /// Returns the next `count` numbers.
    mutating func next(_ count: Int) -> Range<Int> {
        defer { last += count }
        return last + 1..<last + 1 + count
    }
}

extension ResponseReader {
    /// - Throws: if the response is not valid; failed requests would make the benchmark look fast.
    func check(of target: Target, contains text: String) throws {
        guard status == 200, ResponseReader.find(Array(text.utf8), in: body, from: 0) != nil else {
            throw Failure("\(target.name) responded with \(status): \(String(decoding: body.prefix(500), as: UTF8.self))")
        }
    }
}
