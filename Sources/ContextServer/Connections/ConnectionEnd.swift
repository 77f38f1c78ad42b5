package import NIOCore
import Scheduling

/// The handler that detects the end of the client's side of a connection, and fires the signals that watch for it. It also keeps the
/// deadlines of the connection's requests.
///
/// A deadline that is not reached costs no timer: one timer of the connection waits for the earliest deadline, and a request that ends
/// before removes only its entry. So the timer is set once in the time of a deadline, not once for each request.
package final class ConnectionEnd: ChannelInboundHandler {
    package typealias InboundIn = ByteBuffer

    /// A registered deadline.
    package struct DeadlineID: Hashable, Sendable { fileprivate let number: Int }

    private struct Deadline {
        let time: NIODeadline
        let passed: () -> Void
    }

    private var isOver = false
    private var signals: [ObjectIdentifier: OneTimeSignal] = [:]
    private var deadlines: [DeadlineID: Deadline] = [:]
    private var lastNumber = 0
    private var timer: (time: NIODeadline, scheduled: Scheduled<Void>)?
    private var eventLoop: (any EventLoop)?

    package init() {}

    /// Fires the signal when the client's side ends, or at once if it already has.
    func watch(_ signal: OneTimeSignal) { if isOver { signal.fire() } else { signals[ObjectIdentifier(signal)] = signal } }

    func forget(_ signal: OneTimeSignal) { signals[ObjectIdentifier(signal)] = nil }

    /// Calls `passed` on the event loop after `limit`, unless the deadline is removed or the connection is closed before.
    package func addDeadline(in limit: TimeAmount, _ passed: @escaping () -> Void) -> DeadlineID {
        lastNumber += 1
        let (id, time) = (DeadlineID(number: lastNumber), (eventLoop?.now ?? .now()) + limit)
        deadlines[id] = Deadline(time: time, passed: passed)
        setTimer(for: time)
        return id
    }

    package func removeDeadline(_ id: DeadlineID) { deadlines[id] = nil }

    package func handlerAdded(context: ChannelHandlerContext) { eventLoop = context.eventLoop }

    package func handlerRemoved(context: ChannelHandlerContext) { endDeadlines() }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { end() }
        context.fireUserInboundEventTriggered(event)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        end()
        endDeadlines()
        context.fireChannelInactive()
    }

    private func end() {
        isOver = true
        for signal in signals.values { signal.fire() }
        signals = [:]
    }

    private func setTimer(for time: NIODeadline) {
        if let timer {
            guard time < timer.time else { return }
            timer.scheduled.cancel()
        }
        timer = eventLoop.map { (time, $0.assumeIsolated().scheduleTask(deadline: time) { self.timerFired() }) }
    }

    private func timerFired() {
        timer = nil
        let now = eventLoop?.now ?? .now()
        for (id, deadline) in deadlines where deadline.time <= now {
            deadlines[id] = nil
            deadline.passed()
        }
        if let next = deadlines.values.map(\.time).min() { setTimer(for: next) }
    }

    private func endDeadlines() {
        timer?.scheduled.cancel()
        (timer, deadlines) = (nil, [:])
    }
}
