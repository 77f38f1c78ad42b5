/// Limits of connections. Each can be set by the operator.
public struct ConnectionLimits: Sendable {
    /// Maximum number of open connections.
    public var maximum = 4096
    /// Maximum number of connections of one address whose last request had no valid key.
    public var unauthenticatedPerAddress = 1024
    /// Seconds for a request head to arrive. Every `headBytesPerSecond` bytes of it extend the time by a second, up to `longestHeadSeconds`.
    public var headSeconds = 10
    public var longestHeadSeconds = 30
    public var headBytesPerSecond = 512
    /// Seconds a connection may be silent between requests, and a response may wait for a client that takes nothing of it.
    public var idleSeconds = 120
    /// After a response that refuses a request before its body has arrived: seconds for which the connection stays open so that the client
    /// can read the response, and bytes of the body that are read and dropped meanwhile.
    public var lingerSeconds = 2
    public var lingerBytes = 1 << 20

    public init() {}

    /// Connections that are kept for clients without a valid key, health checks among them.
    package var reserved: Int { max(1, min(64, maximum / 8)) }
}
