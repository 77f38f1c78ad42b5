internal import Synchronization

/// Tells a running piece of work that nobody wants its result any more. A piece that may take long checks it now and then.
public final class WorkStop: Sendable {
    private let flag = Atomic(false)

    public init() {}

    public var isRequested: Bool { flag.load(ordering: .relaxed) }

    /// - Throws: `CancellationError` if the task that waits for the piece was cancelled.
    public func check() throws { if isRequested { throw CancellationError() } }

    package func request() { flag.store(true, ordering: .relaxed) }
}
