#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The job of a `FairExecutor` that the calling thread is running.
enum CurrentPiece {
    private final class Entry {
        let executor: FairExecutor
        let start = ThreadClock.now

        init(_ executor: FairExecutor) { self.executor = executor }
    }

    /// Nanoseconds after which further work of a job becomes a piece of its own.
    private static let turn: Int64 = 1_000_000

    /// The slot of each thread, which holds an unretained `Entry` while a job runs.
    private static let slot: pthread_key_t = {
        var key = pthread_key_t()
        precondition(pthread_key_create(&key, nil) == 0, "no thread-local slot is left")
        return key
    }()

    static func run(_ job: UnownedJob, on executor: FairExecutor) {
        let entry = Entry(executor)
        withExtendedLifetime(entry) {
            pthread_setspecific(slot, Unmanaged.passUnretained(entry).toOpaque())
            job.runSynchronously(on: executor.asUnownedTaskExecutor())
            pthread_setspecific(slot, nil)
        }
    }

    /// Whether work of that key and kind may run on the calling thread, as a part of its job.
    static func admits(_ key: WorkKey, _ kind: WorkKind, in pool: WorkerPool) -> Bool {
        guard let address = pthread_getspecific(slot) else { return false }
        let entry = Unmanaged<Entry>.fromOpaque(address).takeUnretainedValue()
        return entry.executor.admits(key, kind, in: pool) && ThreadClock.now - entry.start < turn
    }
}
