package import NIOCore
import Synchronization

/// The minimum rate at which a client must read a response.
package struct DeliveryLimits: Sendable {
    /// Time within which a client with unread bytes must read `takenBytes` more, or all that is left.
    package var timeout = TimeAmount.seconds(30)
    package var takenBytes = 64 << 10
    /// Interval between two checks of a client with unread bytes.
    package var interval: TimeAmount { .nanoseconds(max(1_000_000, min(timeout.nanoseconds / 8, 1_000_000_000))) }

    package init() {}
}

/// The progress of a client that reads responses, as a plain value.
package struct DeliveryProgress: Sendable {
    package enum Step: Hashable, Sendable {
        /// The client has read everything.
        case idle
        /// The client has unread bytes and must be checked again.
        case waiting
        case tooSlow
    }

    private let limits: DeliveryLimits
    /// The time of the last sufficient progress, and the value of `taken` at that time.
    private var mark: (taken: Int, time: NIODeadline)?

    package init(_ limits: DeliveryLimits) { self.limits = limits }

    /// - Parameters:
    ///   - taken: bytes that the client's socket has accepted since the connection began.
    ///   - unread: bytes that were sent but not accepted.
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

/// A counter of connections that were closed because the client did not read.
final class UnreadCount: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }
    func add() { count.withLock { $0 += 1 } }
}
