import HummingbirdCore
import NIOCore
import Synchronization

/// A connection that was accepted and that somebody is to serve.
///
/// A server that closes lets go of connections that nobody has taken yet, and NIO traps when an asynchronous channel is let go of without
/// being finished. This one closes itself instead.
final class AcceptedConnection: ServerChildChannelValue {
    private let connection: HTTP1Channel.Value
    private let isTaken = Mutex(false)

    init(_ connection: HTTP1Channel.Value) { self.connection = connection }

    var channel: any Channel { connection.channel }

    /// The connection, for the one who serves it to its end.
    func take() -> HTTP1Channel.Value {
        isTaken.withLock { $0 = true }
        return connection
    }

    deinit {
        guard !isTaken.withLock({ $0 }) else { return }
        Task { [connection] in try? await connection.executeThenClose { _, _ in } }
    }
}
