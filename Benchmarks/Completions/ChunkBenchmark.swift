/// Measures how long a chunk of a stream takes from the upstream, which puts a timestamp into it, to the client.
struct ChunkBenchmark {
    let direct: Target
    let contextd: Target
    let rival: Target?
    let rounds: Int
    let conditions: String

    private static let words = 50
    private static let gapMicroseconds = 2000

    func run(_ numbers: inout Numbers, into report: inout Report) throws {
        let targets = [direct, contextd] + (rival.map { [$0] } ?? [])
        let connections = targets.map { ($0, $0.connect()) }
        var times = [Times](repeating: Times(), count: targets.count)
        for (target, connection) in connections { _ = try measure(target, connection, &numbers) }
        for _ in 0..<max(1, rounds / 2) {
            for (place, (target, connection)) in connections.enumerated() {
                times[place].add(try measure(target, connection, &numbers))
            }
        }
        let note = "\(times[1].count) chunks, one every \(Self.gapMicroseconds / 1000) ms; \(conditions)"
        report.add("chunk of a stream, upstream itself", times[0], note)
        report.add("chunk of a stream, through the hop", times[1], rival: rival.map { ($0.name, times[2]) }, note)
        let added = times.map { $0.percentile(0.5) - times[0].percentile(0.5) }
        report.add(
            "chunk of a stream, added by the hop, p50", added[1], "ms",
            rival: rival.map { Report.Rival(name: $0.name, value: added[2]) }, note)
    }

    private func measure(_ target: Target, _ connection: HTTPConnection, _ numbers: inout Numbers) throws -> Times {
        let order = Order(numbers.next(), words: Self.words, gap: Self.gapMicroseconds)
        var (stamps, times) = (Stamps(), Times())
        let answer = try connection.send(order.request(model: target.model, isStream: true)) { time, reader in
            for sent in stamps.next(in: reader.body) { times.add(time - sent) }
            return true
        }
        try answer.check(of: target, contains: "[DONE]")
        guard times.count == Self.words else { throw Failure("\(target.name) sent \(times.count) of \(Self.words) chunks") }
        return times
    }
}
