/// Limits of connections. The operator can set each of them.
public struct ConnectionLimits: Sendable {
    /// Maximum number of open connections.
    public var maximum = 4096
    /// Maximum number of connections of one address whose last request had no valid key.
    public var unauthenticatedPerAddress = 1024
    /// Timeout for a request head, in seconds. Every `headBytesPerSecond` bytes of it add a second, up to `longestHeadSeconds`.
    public var headSeconds = 10
    public var longestHeadSeconds = 30
    public var headBytesPerSecond = 512
    /// Timeout for an idle connection between requests, and for a response of which the client reads nothing, in seconds.
    public var idleSeconds = 120
    /// Limits of a lingering close, after a response that refuses a request before its body arrived: seconds for which the connection stays
    /// open so that the client can read the response, and bytes of the body that the server reads and drops meanwhile.
    public var lingerSeconds = 2
    public var lingerBytes = 1 << 20

    public init() {}

    /// Number of connections reserved for clients without a valid key, such as health checks.
    package var reserved: Int { max(1, min(64, maximum / 8)) }
}
