import Foundation

/// Measures how the cost of work grows with its input, in processor time of the calling thread, so that other load has no effect.
public enum Growth {
    /// The ratio of the cost of an input eight times as large: about 8 for linear work, 64 for quadratic work.
    ///
    /// Other load evicts caches, which can triple the cost of one measurement. A ratio above `doubtful` is therefore measured again, and
    /// the least one counts: quadratic work has none that is small.
    ///
    /// - Parameters:
    ///   - size: doubled until the work takes 4 ms, so that caches and clock resolution have little effect.
    ///   - work: does the measured work for an input of that size; its setup should be cheap in comparison.
    public static func ofEightfold<Input>(from size: Int = 1000, making input: (Int) -> Input, _ work: (Input) throws -> Void) rethrows
        -> Double
    {
        var least = Double.infinity
        for _ in 0..<attempts where least > doubtful { least = min(least, try ratio(from: size, making: input, work)) }
        return least
    }

    /// The same ratio for async work, which runs on one dedicated thread.
    public static func ofEightfold<Input>(
        from size: Int = 1000, making input: @Sendable (Int) -> Input, awaiting work: @Sendable (Input) async throws -> Void
    ) async rethrows -> Double {
        let thread = OneThread.start()
        defer { thread.end() }
        return try await withTaskExecutorPreference(thread) {
            var least = Double.infinity
            for _ in 0..<attempts where least > doubtful { least = min(least, try await ratio(from: size, making: input, work)) }
            return least
        }
    }

    private static let attempts = 4
    private static let doubtful = 16.0

    private static func ratio<Input>(from size: Int, making input: (Int) -> Input, _ work: (Input) throws -> Void) rethrows -> Double {
        var size = size
        var small = try cost(input(size), work)
        while small < 0.004, size < 1 << 21 {
            size *= 2
            small = try cost(input(size), work)
        }
        return try cost(input(size * 8), work) / max(small, 1e-6)
    }

    private static func ratio<Input>(
        from size: Int, making input: (Int) -> Input, _ work: (Input) async throws -> Void
    ) async rethrows -> Double {
        var size = size
        var small = try await cost(input(size), work)
        while small < 0.004, size < 1 << 21 {
            size *= 2
            small = try await cost(input(size), work)
        }
        return try await cost(input(size * 8), work) / max(small, 1e-6)
    }

    /// The minimum of three runs, in seconds.
    private static func cost<Input>(_ input: Input, _ work: (Input) async throws -> Void) async rethrows -> Double {
        var least = Double.infinity
        for _ in 0..<3 {
            let start = threadSeconds()
            try await work(input)
            least = min(least, threadSeconds() - start)
        }
        return least
    }

    /// The minimum of three runs, in seconds.
    private static func cost<Input>(_ input: Input, _ work: (Input) throws -> Void) rethrows -> Double {
        var least = Double.infinity
        for _ in 0..<3 {
            let start = threadSeconds()
            try work(input)
            least = min(least, threadSeconds() - start)
        }
        return least
    }

    private static func threadSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
