/// Limits on batches that the server's owner sets. Without them every batch is admitted.
public struct MCPBatchAdmission<Principal: Sendable>: Sendable {
    /// Acquires concurrency permits for a batch, which counts as `messages` requests. The returned object holds them for its lifetime.
    let admit: @Sendable (_ principal: Principal, _ messages: Int) async throws -> (any Sendable)?
    /// Sets the memory reserved for the responses of a batch to `bytes`, and releases what was reserved to read data for the last response.
    /// Returns whether memory for more responses is available.
    let keep: @Sendable (_ principal: Principal, _ bytes: Int) async -> Bool

    public init(
        admit: @escaping @Sendable (_ principal: Principal, _ messages: Int) async throws -> (any Sendable)? = { _, _ in nil },
        keep: @escaping @Sendable (_ principal: Principal, _ bytes: Int) async -> Bool = { _, _ in true }
    ) {
        (self.admit, self.keep) = (admit, keep)
    }
}
