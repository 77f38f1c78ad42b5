public import JSON
public import Logging

/// The settings of the server. Every limit has a default that suits a process with two cores.
public struct ServerConfiguration: Sendable {
    public var host = "127.0.0.1"
    /// Port to listen on; 0 selects a free port.
    public var port = 8080
    public var logLevel = Logger.Level.info
    /// Maximum size of an uploaded document, and of one line of an import, in bytes.
    public var maximumDocumentBytes = 32 << 20
    /// Maximum total size of one import, in bytes.
    public var maximumImportBytes = 8 << 30
    /// Maximum size of the JSON body of a search, an embedding, a chat or an MCP message, in bytes.
    public var maximumRequestBytes = 4 << 20
    /// Limits of one JSON body, in addition to its size.
    public var json = JSONLimits.default
    /// Limits of a document's metadata.
    public var metadata = MetadataLimits()
    /// Maximum number of concurrent requests.
    public var maximumRequestsInFlight = 1024
    /// Timeout of read requests, in seconds; 0 disables it. Model answers and event streams have none.
    public var requestTimeoutSeconds = 60
    public var connections = ConnectionLimits()
    /// Maximum number of requests with an invalid key from one address a minute before it is told to wait.
    public var failedKeysPerMinute = 60
    /// Timeout for the first message on a WebSocket to arrive and its key to be verified, in seconds.
    public var webSocketAuthenticationSeconds = 10
    /// Interval between checks for indexes that need a snapshot, in seconds.
    public var snapshotIntervalSeconds = 300
    /// Additional web origins that may call `/mcp` from a browser: `https://host[:port]`.
    public var allowedOrigins: [String] = []
    /// Additional `Host` names to accept when the server listens on loopback, behind a proxy.
    public var allowedHosts: [String] = []
    /// Maximum memory held for clients, in bytes: bodies, their parsed values, and unread responses. `nil` means 14 documents of the
    /// maximum size, at least 256 MiB: then one tenant's uploads of that size leave room for another's.
    public var clientMemoryBytes: Int?
    /// Maximum share of the memory not held by other tenants that one tenant may hold, in 0...1.
    public var tenantMemoryShare = 0.35
    /// Maximum time that a request waits for memory, in seconds.
    public var memoryWaitSeconds = 10
    /// Timeout for a client to read some of its response, in seconds.
    public var unreadTimeoutSeconds = 30
    /// Whether `/v1/embeddings` takes token IDs for the model's own without `"token_ids": "model"` in the request.
    public var acceptsTokenIDs = false
    /// Maximum number of messages in one MCP batch.
    public var batchMessages = 64
    public var resourceListing = ResourceListing()
    /// Time for requests to finish after the server was asked to stop, in seconds.
    public var stopTimeoutSeconds = 30
    /// Retention of finished jobs, in days.
    public var jobRetentionDays = 7
    /// Retention of usage rows, in days.
    public var usageRetentionDays = 400
    /// Whether `/metrics`, which needs no key, includes tenant IDs.
    public var listsTenantsInMetrics = false
    /// Maximum number of tenants that `/metrics` names: those with the largest indexes.
    public var tenantsInMetrics = 50

    /// Whether responses are compressed for clients that accept gzip.
    public var compressesResponses = true
    /// Minimum size of a response that is compressed, in bytes.
    public var compressionMinimumBytes = 1024
    /// Maximum ratio of the sizes of a decoded and a compressed request body, beyond the first 4 MiB.
    public var inflationRatio = 100
    public var idempotency = IdempotencyLimits()

    public init() {}

    var compression: CompressionPolicy { CompressionPolicy(isOn: compressesResponses, minimumBytes: compressionMinimumBytes) }
    var inflation: InflationLimit {
        var limit = InflationLimit()
        limit.ratio = inflationRatio
        return limit
    }

    var clientMemoryLimit: Int { clientMemoryBytes ?? max(256 << 20, 14 * maximumDocumentBytes) }
}
