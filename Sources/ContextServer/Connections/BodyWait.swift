import Failure
package import NIOCore
import Synchronization

/// A timeout for each wait of a body's reader that works and responds between two reads, such as an import.
///
/// Only the time that the reader waits for its client counts: neither its own work, however slow, nor the time in which back-pressure stops
/// reading. When it is over, the reader gets an error, which it can still report to its client.
package final class BodyWait: Sendable {
    private let channel: any Channel
    private let limit: TimeAmount
    private let state = Mutex((waitingSince: NIODeadline?.none, isOver: false))

    package init(on channel: any Channel, limit: TimeAmount) {
        (self.channel, self.limit) = (channel, limit)
        look(in: limit)
    }

    /// The reader waits for its client from now on.
    package func begin() {
        let now = channel.eventLoop.now
        state.withLock { $0.waitingSince = now }
    }

    /// The reader has its bytes.
    package func end() { state.withLock { $0.waitingSince = nil } }

    /// The reader reads no more.
    package func stop() { state.withLock { $0.isOver = true } }

    private func look(in time: TimeAmount) { channel.eventLoop.scheduleTask(in: time) { [weak self] in self?.look() } }

    private func look() {
        let (since, isOver) = state.withLock { ($0.waitingSince, $0.isOver) }
        guard !isOver, channel.isActive else { return }
        let left = since.map { $0 + limit - channel.eventLoop.now } ?? limit
        if left > .zero { look(in: left) } else { channel.pipeline.fireErrorCaught(failure) }
    }

    private var failure: Failure {
        Failure(.requestTimedOut, code: "timeout", "no bytes of the body arrived for \(limit.nanoseconds / 1_000_000_000) s")
    }
}
