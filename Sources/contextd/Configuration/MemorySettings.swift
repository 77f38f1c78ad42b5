import ContextServer

/// The section `server`, as far as memory for clients goes.
enum MemorySettings {
    /// Maximum memory held for all clients.
    static let memory = Setting<Int>.bytes("server.memory", in: (1 << 20)...Int.max)
    /// Share of what other tenants leave that one tenant may hold.
    static let tenantShare = Setting<Double>.number("server.tenant_memory_share", in: 0.01...1)
    /// Seconds that a request waits for memory.
    static let waitSeconds = Setting<Int>.integer("server.memory_wait_seconds", in: 0...600)
    /// Seconds within which a client must read some of its response.
    static let unreadSeconds = Setting<Int>.integer("server.unread_timeout_seconds", in: 1...3600)
    /// Messages of one MCP batch.
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
