import Failure
import HTTPTypes
package import NIOCore

/// A timeout for the arrival of a body: a client that sends slowly holds a request slot that others wait for.
package struct BodyDeadline {
    private let timer: Scheduled<Void>

    /// Maximum time for a collected body to arrive.
    package static let limit = TimeAmount.seconds(120)

    /// Starts the timer. When it fires, the body's reader gets a timeout error.
    package init(on channel: any Channel) {
        timer = channel.eventLoop.scheduleTask(in: Self.limit) {
            channel.pipeline.fireErrorCaught(Self.failure)
        }
    }

    static var failure: Failure {
        Failure(
            .requestTimedOut, code: "timeout", "the body did not arrive in \(limit.nanoseconds / 1_000_000_000) s")
    }

    package func cancel() { timer.cancel() }
}
