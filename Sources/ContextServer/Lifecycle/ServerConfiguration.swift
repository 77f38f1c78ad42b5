public import Logging

/// What an operator may set. Every limit has a default that suits a process of two cores.
public struct ServerConfiguration: Sendable {
    public var host = "127.0.0.1"
    /// 0 takes a free port.
    public var port = 8080
    public var logLevel = Logger.Level.info
    /// Bytes of one uploaded document, and of one line of an import.
    public var maximumDocumentBytes = 32 << 20
    /// Bytes of one import in all.
    public var maximumImportBytes = 8 << 30
    /// Bytes of the JSON body of a search, an embedding or an MCP message.
    public var maximumRequestBytes = 4 << 20
    /// Requests answered at once.
    public var maximumRequestsInFlight = 1024
    /// Connections open at once.
    public var maximumConnections = 4096
    /// Seconds a connection may be silent between requests.
    public var idleTimeoutSeconds = 120
    /// Seconds for the first message on a WebSocket to come, and its key to be known.
    public var webSocketAuthenticationSeconds = 10
    /// Seconds between two looks at which indexes want a snapshot.
    public var snapshotIntervalSeconds = 300
    /// Web origins, beside the server's own, that may call `/mcp` from a browser: `https://host[:port]`.
    public var allowedOrigins: [String] = []
    /// Names, beside the loopback ones, that `Host` may have on `/mcp` of a server on loopback: those a proxy passes on.
    public var allowedHosts: [String] = []
    /// Bytes of request bodies held in memory at once, over all requests.
    public var maximumBodyBytesInFlight = 512 << 20
    /// Seconds that requests have to end in after the server was asked to stop.
    public var stopTimeoutSeconds = 30
    /// Days that finished jobs can be asked for.
    public var jobRetentionDays = 7
    /// Days that rows of usage can be asked for.
    public var usageRetentionDays = 400
    /// Whether `/metrics`, which takes no key, tells tenants' ids.
    public var listsTenantsInMetrics = false

    public init() {}
}
