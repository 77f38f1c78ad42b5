import NIOCore
import Scheduling

/// The handler that detects the end of the client's side of a connection, and fires the signals that watch for it.
final class ConnectionEnd: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var isOver = false
    private var signals: [ObjectIdentifier: OneTimeSignal] = [:]

    /// Fires the signal when the client's side ends, or at once if it already has.
    func watch(_ signal: OneTimeSignal) { if isOver { signal.fire() } else { signals[ObjectIdentifier(signal)] = signal } }

    func forget(_ signal: OneTimeSignal) { signals[ObjectIdentifier(signal)] = nil }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { end() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    private func end() {
        isOver = true
        for signal in signals.values { signal.fire() }
        signals = [:]
    }
}
