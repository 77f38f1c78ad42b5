import ContextServer

/// The sections `server`, `mcp`, `metrics`, `compression` and `idempotency`, and what all sections change in the server's configuration.
enum ServerSettings {
    /// Maximum memory held for all clients.
    static let memory = Setting<Int>.bytes("server.memory", in: (1 << 20)...Int.max)
    /// Maximum share, per tenant, of the memory that other tenants do not hold.
    static let tenantShare = Setting<Double>.number("server.tenant_memory_share", in: 0.01...1)
    /// Maximum time that a request waits for memory, in seconds.
    static let waitSeconds = Setting<Int>.integer("server.memory_wait_seconds", in: 0...600)
    /// Maximum time, in seconds, that a client may take to read part of its response.
    static let unreadSeconds = Setting<Int>.integer("server.unread_timeout_seconds", in: 1...3600)
    /// Maximum number of messages in one MCP batch.
    static let batchMessages = Setting<Int>.integer("server.batch_messages", in: 1...1000)
    /// Number of documents on the first page of MCP's `resources/list`.
    static let resourcesFirstPage = Setting<Int>.integer("mcp.resources_first_page", in: 0...200)
    /// Number of documents on each further page.
    static let resourcesPage = Setting<Int>.integer("mcp.resources_page", in: 1...200)

    /// Whether `/metrics`, which requires no key, includes tenant ids.
    static let tenantsInMetrics = Setting<Bool>.flag("metrics.tenants")
    /// Maximum number of tenants that `/metrics` names.
    static let tenantsListed = Setting<Int>.integer("metrics.tenants_listed", in: 1...10_000)

    /// Whether responses are compressed for clients that accept gzip.
    static let compresses = Setting<Bool>.flag("compression.responses")
    /// Minimum size of a compressed response.
    static let compressionMinimum = Setting<Int>.bytes("compression.minimum", in: 0...(1 << 30))
    /// Maximum ratio of a decoded to a compressed request body, beyond the first 4 MiB.
    static let inflationRatio = Setting<Int>.integer("compression.maximum_ratio", in: 1...2000)
    static let idempotencyHours = Setting<Int>.integer("idempotency.hours", in: 1...720)
    static let idempotencyKeys = Setting<Int>.integer("idempotency.keys_per_tenant", in: 1...1_000_000)
    static let idempotencyMemory = Setting<Int>.bytes("idempotency.memory", in: (1 << 20)...Int.max)

    private static let transport: [any AnySetting] = [
        compresses, compressionMinimum, inflationRatio, idempotencyHours, idempotencyKeys, idempotencyMemory,
    ]

    static let all: [any AnySetting] =
        transport + [
            memory, tenantShare, waitSeconds, unreadSeconds, batchMessages, resourcesFirstPage, resourcesPage, tenantsInMetrics,
            tenantsListed,
        ]

    static func apply(_ configuration: Configuration, to server: inout ServerConfiguration) {
        server.clientMemoryBytes = configuration.value(memory)
        if let share = configuration.value(tenantShare) { server.tenantMemoryShare = share }
        if let seconds = configuration.value(waitSeconds) { server.memoryWaitSeconds = seconds }
        if let seconds = configuration.value(unreadSeconds) { server.unreadTimeoutSeconds = seconds }
        if let messages = configuration.value(batchMessages) { server.batchMessages = messages }
        if let lists = configuration.value(tenantsInMetrics) { server.listsTenantsInMetrics = lists }
        if let count = configuration.value(tenantsListed) { server.tenantsInMetrics = count }
        if let days = configuration.value(StorageSettings.usageRetentionDays) { server.usageRetentionDays = days }
        if let failures = configuration.value(ConnectionSettings.failuresPerMinute) { server.failedKeysPerMinute = failures }
        if let accepts = configuration.value(EmbeddingSettings.acceptTokenIDs) { server.acceptsTokenIDs = accepts }
        server.resourceListing = resourceListing(configuration)
        if let compresses = configuration.value(compresses) { server.compressesResponses = compresses }
        if let bytes = configuration.value(compressionMinimum) { server.compressionMinimumBytes = bytes }
        if let ratio = configuration.value(inflationRatio) { server.inflationRatio = ratio }
        if let hours = configuration.value(idempotencyHours) { server.idempotency.hours = hours }
        if let keys = configuration.value(idempotencyKeys) { server.idempotency.keysPerTenant = keys }
        if let bytes = configuration.value(idempotencyMemory) { server.idempotency.memoryBytes = bytes }
        server.json = BodySettings.json(configuration)
        server.metadata = BodySettings.metadata(configuration)
    }

    static func resourceListing(_ configuration: Configuration) -> ResourceListing {
        var listing = ResourceListing()
        if let count = configuration.value(resourcesFirstPage) { listing.firstPage = count }
        if let count = configuration.value(resourcesPage) { listing.page = count }
        return listing
    }
}
