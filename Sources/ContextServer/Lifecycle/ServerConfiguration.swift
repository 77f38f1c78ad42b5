public import JSON
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
    /// What one JSON body may hold, beside its bytes.
    public var json = JSONLimits.default
    /// What a document's metadata may hold.
    public var metadata = MetadataLimits()
    /// Requests answered at once.
    public var maximumRequestsInFlight = 1024
    /// Seconds that a request which only reads may take; 0 is without limit. Answers of models and streams of events have none.
    public var requestTimeoutSeconds = 60
    public var connections = ConnectionLimits()
    /// Requests with an invalid key that one address may make a minute before it is told to wait.
    public var failedKeysPerMinute = 60
    /// Seconds for the first message on a WebSocket to come, and its key to be known.
    public var webSocketAuthenticationSeconds = 10
    /// Seconds between two looks at which indexes want a snapshot.
    public var snapshotIntervalSeconds = 300
    /// Web origins, beside the server's own, that may call `/mcp` from a browser: `https://host[:port]`.
    public var allowedOrigins: [String] = []
    /// Names, beside the loopback ones, that `Host` may have on a server on loopback: those a proxy passes on.
    public var allowedHosts: [String] = []
    /// Maximum memory held for clients, in bytes: bodies, what is parsed from them, responses until they are read. `nil` for 14 documents
    /// of the maximum size, at least 256 MiB: then one tenant's uploads of that size leave room for another's.
    public var clientMemoryBytes: Int?
    /// Share of the memory that other tenants leave, which one tenant may hold, in 0...1.
    public var tenantMemoryShare = 0.35
    /// Maximum time that a request waits for memory, in seconds.
    public var memoryWaitSeconds = 10
    /// Time within which a client must read some of its response, in seconds.
    public var unreadTimeoutSeconds = 30
    /// Maximum number of messages in one MCP batch.
    public var batchMessages = 64
    /// Seconds that requests have to end in after the server was asked to stop.
    public var stopTimeoutSeconds = 30
    /// Days that finished jobs can be asked for.
    public var jobRetentionDays = 7
    /// Days that rows of usage can be asked for.
    public var usageRetentionDays = 400
    /// Whether `/metrics`, which takes no key, tells tenants' ids.
    public var listsTenantsInMetrics = false

    public init() {}

    var clientMemoryLimit: Int { clientMemoryBytes ?? max(256 << 20, 14 * maximumDocumentBytes) }
}
