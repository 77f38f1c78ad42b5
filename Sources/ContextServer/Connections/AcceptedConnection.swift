import HummingbirdCore
import NIOCore
import Synchronization

/// An accepted connection that waits to be served.
///
/// A closing server releases connections that no task has taken yet, and NIO traps if an asynchronous channel is released without being
/// finished. This object closes the channel instead.
final class AcceptedConnection: ServerChildChannelValue {
    private let connection: HTTP1Channel.Value
    private let isTaken = Mutex(false)

    init(_ connection: HTTP1Channel.Value) { self.connection = connection }

    var channel: any Channel { connection.channel }

    /// Returns the connection; the caller must serve it to its end.
    func take() -> HTTP1Channel.Value {
        isTaken.withLock { $0 = true }
        return connection
    }

    deinit {
        guard !isTaken.withLock({ $0 }) else { return }
        Task { [connection] in try? await connection.executeThenClose { _, _ in } }
    }
}
