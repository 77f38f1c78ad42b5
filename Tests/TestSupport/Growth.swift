import Foundation

/// How the cost of some work grows with its input, in processor time of the calling thread: other processes and threads do not count.
public enum Growth {
    /// The cost of eight times as much against that of as much: about 8 for linear work, 64 for quadratic work.
    ///
    /// - Parameters:
    ///   - size: is doubled until the work takes 4 ms, so that caches and clock ticks weigh little.
    ///   - work: does what is measured for an input of that size; what it makes first should be cheap beside it.
    public static func ofEightfold<Input>(from size: Int = 1000, making input: (Int) -> Input, _ work: (Input) throws -> Void) rethrows -> Double {
        var size = size
        var small = try cost(input(size), work)
        while small < 0.004, size < 1 << 21 {
            size *= 2
            small = try cost(input(size), work)
        }
        return try cost(input(size * 8), work) / max(small, 1e-6)
    }

    /// The same ratio for async work, which runs on one dedicated thread.
    public static func ofEightfold<Input>(
        from size: Int = 1000, making input: @Sendable (Int) -> Input, awaiting work: @Sendable (Input) async throws -> Void
    ) async rethrows -> Double {
        let thread = OneThread.start()
        defer { thread.end() }
        return try await withTaskExecutorPreference(thread) {
            var size = size
            var small = try await cost(input(size), work)
            while small < 0.004, size < 1 << 21 {
                size *= 2
                small = try await cost(input(size), work)
            }
            return try await cost(input(size * 8), work) / max(small, 1e-6)
        }
    }

    /// The least of three runs, in seconds.
    private static func cost<Input>(_ input: Input, _ work: (Input) async throws -> Void) async rethrows -> Double {
        var least = Double.infinity
        for _ in 0..<3 {
            let start = threadSeconds()
            try await work(input)
            least = min(least, threadSeconds() - start)
        }
        return least
    }

    /// The least of three runs, in seconds.
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
