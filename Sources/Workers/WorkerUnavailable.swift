public import Failure

/// No worker process could be started, so the document was not tried. The server's fault, or its machine's; a later attempt may succeed.
public struct WorkerUnavailable: Error, FailureConvertible, Sendable, CustomStringConvertible {
    /// The reason, for the log.
    public let reason: String

    init(_ reason: String) { self.reason = reason }

    public var failure: Failure { .overloaded("no process to read the document could be started; try again in a moment") }
    public var description: String { "no worker process could be started: \(reason)" }
}
