import ContextServer

/// The settings of the section `server` that concern memory for clients.
enum MemorySettings {
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

    static let all: [any AnySetting] = [memory, tenantShare, waitSeconds, unreadSeconds, batchMessages]

    static func apply(_ configuration: Configuration, to server: inout ServerConfiguration) {
        server.clientMemoryBytes = configuration.value(memory)
        if let share = configuration.value(tenantShare) { server.tenantMemoryShare = share }
        if let seconds = configuration.value(waitSeconds) { server.memoryWaitSeconds = seconds }
        if let seconds = configuration.value(unreadSeconds) { server.unreadTimeoutSeconds = seconds }
        if let messages = configuration.value(batchMessages) { server.batchMessages = messages }
    }
}
