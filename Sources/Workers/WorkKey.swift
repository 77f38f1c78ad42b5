/// Whose work a piece is: pieces of one key share a queue and an account. The pool knows nothing else about the key.
public struct WorkKey: Hashable, Sendable {
    private let name: String

    public init(_ name: String) { self.name = name }

    /// Work that belongs to the process and to no client.
    public static let process = WorkKey("")
}

/// How long a piece may take, as far as its author knows.
public enum WorkKind: Sendable {
    /// Usually a few milliseconds. Runs on a background thread if its key has used much of the machine while others wanted it.
    case brief
    /// Possibly longer than that. Always runs on a background thread.
    case long
}

/// A group of threads of the pool.
package enum WorkLane: Int, Sendable, CaseIterable {
    case foreground
    /// Its threads have a lower priority.
    case background
}
