/// Starts the servers, runs the measurements and stops the servers.
struct Run {
    let arguments: Arguments

    private static let conditions = "contextd: key checked, tokens reserved and settled"

    init(_ arguments: Arguments) { self.arguments = arguments }

    func run() throws {
        let upstream = try ZeroUpstream()
        defer { try? upstream.stop() }
        let direct = Target(name: "upstream", port: upstream.port, key: "none", model: "zero")
        let contextd = try ContextdServer(arguments.binary, upstreamPort: upstream.port)
        defer { contextd.stop() }
        var report = Report(isJSON: arguments.isJSON)
        var numbers = Numbers()
        try compare(direct, contextd.target, &numbers, &report)
        if arguments.parts.contains("cache") {
            try CacheBenchmark(contextd: contextd.target, rounds: arguments.rounds, conditions: Self.conditions).run(
                &numbers, into: &report)
        }
        if arguments.parts.contains("books") {
            try BooksBenchmark(contextd: contextd.target, ledger: upstream.ledger, requests: arguments.requests)
                .run(&numbers, into: &report)
        }
        report.finish()
    }

    /// Measures the targets next to the rival, if there is one. The rival runs only for the duration of these measurements.
    private func compare(
        _ direct: Target, _ contextd: Target, _ numbers: inout Numbers, _ report: inout Report
    ) throws {
        let litellm = try arguments.litellm.map { try LiteLLMProxy($0, upstreamPort: direct.port) }
        defer { litellm?.stop() }
        let rival = litellm?.target
        let conditions = Self.conditions + (rival == nil ? "" : "; \(LiteLLMProxy.conditions)")
        if arguments.parts.contains("hop") {
            try HopBenchmark(direct: direct, contextd: contextd, rival: rival, rounds: arguments.rounds, conditions: conditions)
                .run(&numbers, into: &report)
        }
        if arguments.parts.contains("chunks") {
            try ChunkBenchmark(direct: direct, contextd: contextd, rival: rival, rounds: arguments.rounds, conditions: conditions)
                .run(&numbers, into: &report)
        }
        if arguments.parts.contains("rate") {
            try RateBenchmark(direct: direct, contextd: contextd, rival: rival, conditions: conditions).run(&numbers, into: &report)
        }
    }
}
