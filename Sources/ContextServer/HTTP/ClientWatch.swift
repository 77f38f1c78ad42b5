import NIOCore
import Scheduling

/// Detects that a request's client has disconnected, or that its deadline has passed, and cancels the work for it. It consumes nothing of
/// the connection, which stays open for the next request.
final class ClientWatch: Sendable {
    private let channel: any Channel
    private let signal: OneTimeSignal
    /// The signal that fires before `signal` if the deadline passes.
    private let lateness: OneTimeSignal
    private let deadline: ConnectionEnd.DeadlineID?

    /// Starts to watch a connection that has a `ConnectionEnd`.
    ///
    /// - Parameter limit: time after which the work ends as if the client had disconnected; `nil` for none.
    static func begin(on channel: any Channel, limit: TimeAmount? = nil) async throws -> ClientWatch {
        if channel.eventLoop.inEventLoop { return try ClientWatch(channel, limit) }
        return try await channel.eventLoop.submit { try ClientWatch(channel, limit) }.get()
    }

    private init(_ channel: any Channel, _ limit: TimeAmount?) throws {
        let (signal, lateness) = (OneTimeSignal(), OneTimeSignal())
        (self.channel, self.signal, self.lateness) = (channel, signal, lateness)
        guard channel.isActive else {
            deadline = nil
            signal.fire()
            return
        }
        let end = try channel.pipeline.syncOperations.handler(type: ConnectionEnd.self)
        end.watch(signal)
        deadline = limit.map { limit in
            end.addDeadline(in: limit) {
                lateness.fire()
                signal.fire()
            }
        }
    }

    deinit {
        if channel.eventLoop.inEventLoop { return Self.forget(signal, deadline, on: channel) }
        channel.eventLoop.execute { [channel, signal, deadline] in Self.forget(signal, deadline, on: channel) }
    }

    private static func forget(_ signal: OneTimeSignal, _ deadline: ConnectionEnd.DeadlineID?, on channel: any Channel) {
        // The handler is missing if the channel is closed.
        guard let end = try? channel.pipeline.syncOperations.handler(type: ConnectionEnd.self) else { return }
        end.forget(signal)
        if let deadline { end.removeDeadline(deadline) }
    }

    /// Whether the deadline has passed.
    var isLate: Bool { lateness.hasFired }

    /// Returns the result of `body`. When the client disconnects, the task that runs it is cancelled.
    ///
    /// - Throws: what `body` throws.
    func run<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
        try await ServedTask.run(until: signal, body)
    }
}
