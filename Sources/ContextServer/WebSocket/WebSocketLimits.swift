package import NIOCore

/// What one WebSocket may take.
package struct WebSocketLimits: Sendable {
    /// Bytes of the first message, which says who is there.
    package var firstMessageBytes = 4 << 10
    /// Bytes of a later message.
    package var messageBytes = 4 << 20
    /// Parts that a message may come in.
    package var messageParts = 1024
    /// For the first message to come and its key to be known.
    package var authenticationTimeout = TimeAmount.seconds(10)
    /// For a message to arrive whole.
    package var messageTimeout = TimeAmount.seconds(120)
    /// For which nothing may come from the client, or nothing that is sent be taken by it.
    package var idleTimeout = TimeAmount.seconds(120)
    /// For the client to answer that the connection is to end.
    package var closeTimeout = TimeAmount.seconds(3)
    /// Up to this size, memory for a message is taken as its bytes come; then that for a message of the maximum size.
    package var eagerBytes = 256 << 10
    /// Messages that came and were not looked at yet: then no more is read.
    package var unreadMessages = 16
    /// Queries answered at once, and those that wait behind them.
    package var running = 4
    package var waiting = 16

    package init() {}
}
