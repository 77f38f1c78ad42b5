import HTTPTypes
package import NIOCore

/// Ends the reading of a body that takes too long to arrive: a client that drips holds a place that others wait for.
package struct BodyDeadline {
    private let timer: Scheduled<Void>

    /// How long a body that is collected may take.
    package static let limit = TimeAmount.seconds(120)

    /// The error that the connection then gives to whoever reads it.
    package init(on channel: any Channel) {
        timer = channel.eventLoop.scheduleTask(in: Self.limit) {
            channel.pipeline.fireErrorCaught(Self.problem)
        }
    }

    static var problem: Problem {
        Problem(
            status: .requestTimeout, code: "timeout", detail: "the body did not arrive in \(limit.nanoseconds / 1_000_000_000) s")
    }

    package func cancel() { timer.cancel() }
}
