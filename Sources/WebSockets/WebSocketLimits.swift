package import NIOCore

/// The limits of one WebSocket.
package struct WebSocketLimits: Sendable {
    /// Maximum size of the first message, which has the key, in bytes.
    package var firstMessageBytes = 4 << 10
    /// Maximum size of a later message, in bytes.
    package var messageBytes = 4 << 20
    /// Maximum number of frames of one message.
    package var messageParts = 1024
    /// Timeout for the first message to arrive and its key to be verified.
    package var authenticationTimeout = TimeAmount.seconds(10)
    /// Timeout for a message to arrive in full.
    package var messageTimeout = TimeAmount.seconds(120)
    /// Timeout for a client that sends nothing, or that reads none of the output.
    package var idleTimeout = TimeAmount.seconds(120)
    /// Timeout for the client's reply to a close frame.
    package var closeTimeout = TimeAmount.seconds(3)
    /// Maximum size up to which memory for a message is reserved as it arrives, in bytes; beyond it, `messageBytes` are reserved.
    package var eagerBytes = 256 << 10
    /// Number of unprocessed messages at which the server stops reading.
    package var unreadMessages = 16
    /// Maximum number of queries answered concurrently, and of queries that wait.
    package var running = 4
    package var waiting = 16

    package init() {}
}
