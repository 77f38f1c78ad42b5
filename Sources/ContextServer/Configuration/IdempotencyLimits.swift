/// Limits of stored first responses. They are in memory, beside the budget of memory for clients.
public struct IdempotencyLimits: Sendable {
    /// Time for which a key is remembered after its first response, in hours.
    public var hours = 24
    /// Maximum number of keys of one tenant; the oldest is forgotten for a new one.
    public var keysPerTenant = 1000
    /// Maximum memory of all stored responses, in bytes.
    public var memoryBytes = 64 << 20

    public init() {}

    /// Maximum memory of one tenant's responses, in bytes.
    package var tenantBytes: Int { memoryBytes / 16 }
    /// Maximum size of a response that is stored, in bytes.
    package var responseBytes: Int { min(1 << 20, tenantBytes / 2) }
}
