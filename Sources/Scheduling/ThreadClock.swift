#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Clocks and the priority of the calling thread.
enum ThreadClock {
    /// Processor time of this thread, in nanoseconds.
    static var processorTime: Int64 { read(CLOCK_THREAD_CPUTIME_ID) }
    /// Nanoseconds since a fixed point in the past; never goes back.
    static var now: Int64 { read(CLOCK_MONOTONIC) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// The scheduling priority of threads.
public enum ThreadPriority {
    /// Lowers the calling thread's priority permanently. It then gets about a tenth of a contended processor, and all of an idle one.
    public static func lower() {
        #if os(Linux)
            // On Linux the priority is per thread, and raising it again requires privileges.
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
        #endif
    }
}
