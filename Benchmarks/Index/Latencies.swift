import BenchSupport
import Foundation

/// Latencies of repeated calls on one thread.
struct Latencies {
    private let milliseconds: [Double]
    /// Calls per second in the fastest round, since other processes on the machine may have slowed down the others.
    let perSecond: Double

    /// Calls `body` with 0, 1, 2 … until the time is up: at least ten times, and only whole rounds.
    ///
    /// - Parameter round: number of calls after which the same work repeats.
    init(seconds: Double, round: Int = 10, _ body: (Int) throws -> Void) rethrows {
        let clock = ContinuousClock()
        var milliseconds: [Double] = []
        var fastest = Double.infinity
        let end = clock.now + .seconds(seconds)
        while clock.now < end || milliseconds.isEmpty {
            let start = milliseconds.count
            for call in start..<start + round {
                let taken = try clock.measure { try body(call) }
                milliseconds.append(taken / .milliseconds(1))
            }
            fastest = min(fastest, milliseconds[start...].reduce(0, +))
        }
        perSecond = 1_000 * Double(round) / fastest
        self.milliseconds = milliseconds.sorted()
    }

    func percentile(_ p: Double) -> Double {
        milliseconds[min(milliseconds.count - 1, Int(Double(milliseconds.count) * p / 100))]
    }
}

/// The processor time of two kinds of calls, measured in turn, so that other processes disturb both alike.
struct ProcessorTimes {
    /// Seconds of processor time of one call, in the fastest round.
    private(set) var first = Double.infinity
    private(set) var second = Double.infinity

    /// Calls both bodies with 0, 1, 2 … in alternating rounds of `round` calls, until the time is up; at least three rounds each.
    init(seconds: Double, round: Int, first: (Int) throws -> Void, second: (Int) throws -> Void) rethrows {
        let end = ContinuousClock.now + .seconds(seconds)
        var rounds = 0
        while rounds < 3 || ContinuousClock.now < end {
            self.first = min(self.first, try Self.seconds(round, first))
            self.second = min(self.second, try Self.seconds(round, second))
            rounds += 1
        }
    }

    private static func seconds(_ round: Int, _ body: (Int) throws -> Void) rethrows -> Double {
        let start = now
        for call in 0..<round { try body(call) }
        return (now - start) / Double(round)
    }

    /// Processor time of this thread, in seconds.
    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

extension Report {
    /// Adds the throughput, with the percentiles in the conditions.
    mutating func add(_ name: String, _ latencies: Latencies, recall: Double? = nil, _ conditions: String) {
        let percentiles = [50, 95, 99].map { p in
            "p\(Int(p)) " + latencies.percentile(p).formatted(.number.precision(.significantDigits(1...3)))
        }
        add(name, latencies.perSecond, "queries/s", recall: recall, conditions + ", ms: " + percentiles.joined(separator: " "))
    }
}
