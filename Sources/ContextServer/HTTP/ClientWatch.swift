import NIOCore
import Scheduling

/// Detects that a request's client has disconnected, and cancels the work for it. It consumes nothing of the connection, which stays open
/// for the next request.
final class ClientWatch: Sendable {
    private let channel: any Channel
    private let signal: OneTimeSignal

    /// Starts to watch a connection that has a `ConnectionEnd`.
    static func begin(on channel: any Channel) async throws -> ClientWatch {
        let watch = ClientWatch(channel)
        if channel.eventLoop.inEventLoop { try watch.begin() } else { try await channel.eventLoop.submit { try watch.begin() }.get() }
        return watch
    }

    private init(_ channel: any Channel) { (self.channel, signal) = (channel, OneTimeSignal()) }

    private func begin() throws {
        guard channel.isActive else { return signal.fire() }
        try channel.pipeline.syncOperations.handler(type: ConnectionEnd.self).watch(signal)
    }

    deinit {
        channel.eventLoop.execute { [channel, signal] in
            // The handler is missing if the channel is closed.
            (try? channel.pipeline.syncOperations.handler(type: ConnectionEnd.self))?.forget(signal)
        }
    }

    /// Ends the work for the request, as if the client had disconnected.
    func end() { signal.fire() }

    /// Returns the result of `body`. When the client disconnects, the task that runs it is cancelled.
    ///
    /// - Throws: what `body` throws.
    func run<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
        try await ServedTask.run(until: signal, body)
    }
}
