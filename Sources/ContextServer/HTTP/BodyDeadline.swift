import Failure
import HTTPTypes
package import NIOCore

/// A timeout for the arrival of a body: a client that sends slowly holds a request slot that others wait for.
package struct BodyDeadline {
    private enum Timer {
        case own(Scheduled<Void>)
        case ofConnection(ConnectionEnd, ConnectionEnd.DeadlineID)
    }

    private let timer: Timer

    /// Maximum time for a collected body to arrive.
    package static let limit = TimeAmount.seconds(120)

    /// Starts the timer. When it fires, the body's reader gets a timeout error. On the connection's event loop it is one of the connection's
    /// deadlines, which cost little.
    package init(on channel: any Channel) {
        let end = channel.eventLoop.inEventLoop ? try? channel.pipeline.syncOperations.handler(type: ConnectionEnd.self) : nil
        timer =
            if let end {
                .ofConnection(end, end.addDeadline(in: Self.limit) { channel.pipeline.fireErrorCaught(Self.failure) })
            } else {
                .own(channel.eventLoop.scheduleTask(in: Self.limit) { channel.pipeline.fireErrorCaught(Self.failure) })
            }
    }

    package func cancel() {
        switch timer {
        case .own(let scheduled): scheduled.cancel()
        case .ofConnection(let end, let id): end.removeDeadline(id)
        }
    }

    static var failure: Failure {
        Failure(
            .requestTimedOut, code: "timeout", "the body did not arrive in \(limit.nanoseconds / 1_000_000_000) s")
    }
}
