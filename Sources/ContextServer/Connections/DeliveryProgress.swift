package import NIOCore
import Synchronization

/// How slowly a client may take a response.
package struct DeliveryLimits: Sendable {
    /// A client that has been sent more than it took must take `takenBytes` within this time, or all that there is.
    package var timeout = TimeAmount.seconds(30)
    package var takenBytes = 64 << 10
    /// Time between two looks at a client that has not taken all.
    package var interval: TimeAmount { .nanoseconds(max(1_000_000, min(timeout.nanoseconds / 8, 1_000_000_000))) }

    package init() {}
}

/// Decides whether a client takes what it is sent. A plain value.
package struct DeliveryProgress: Sendable {
    package enum Step: Hashable, Sendable {
        /// The client has taken everything.
        case idle
        /// It has not, and is to be looked at again.
        case waiting
        case tooSlow
    }

    private let limits: DeliveryLimits
    /// When the client had last taken enough, and how much that was.
    private var mark: (taken: Int, time: NIODeadline)?

    package init(_ limits: DeliveryLimits) { self.limits = limits }

    /// - Parameters:
    ///   - taken: bytes that the client's side has taken since the connection began.
    ///   - unread: bytes that it was sent beyond these.
    package mutating func look(taken: Int, unread: Int, now: NIODeadline) -> Step {
        guard unread > 0 else {
            mark = nil
            return .idle
        }
        guard let mark, taken - mark.taken < limits.takenBytes else {
            self.mark = (taken, now)
            return .waiting
        }
        return now - mark.time >= limits.timeout ? .tooSlow : .waiting
    }
}

/// Connections that were closed because nobody read.
final class UnreadCount: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }
    func add() { count.withLock { $0 += 1 } }
}
