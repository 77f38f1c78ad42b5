/// The client of a piece of work. Pieces with the same key share a queue and an account; the pool knows nothing else about keys.
public struct WorkKey: Hashable, Sendable {
    private let name: String

    public init(_ name: String) { self.name = name }

    /// The key of work that belongs to the process and not to a client.
    public static let process = WorkKey("")
}

/// The expected duration of a piece, as declared by its caller.
public enum WorkKind: Sendable {
    /// Usually a few milliseconds. Runs on a background thread if its key is heavy while others wait.
    case brief
    /// Possibly longer. Always runs on a background thread.
    case long
}

/// A group of threads of the pool.
package enum WorkLane: Int, Sendable, CaseIterable {
    case foreground
    /// The lane of threads with lower priority.
    case background
}
