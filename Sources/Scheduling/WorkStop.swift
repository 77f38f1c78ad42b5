internal import Synchronization

/// A cancellation flag for a running piece of work. A long piece checks it regularly.
public final class WorkStop: Sendable {
    private let flag = Atomic(false)

    public init() {}

    public var isRequested: Bool { flag.load(ordering: .relaxed) }

    /// - Throws: `CancellationError` if the task that waits for the piece was cancelled.
    public func check() throws { if isRequested { throw CancellationError() } }

    package func request() { flag.store(true, ordering: .relaxed) }
}
