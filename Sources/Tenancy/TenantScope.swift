/// The right to act on one tenant's data. Nothing reads or writes tenant data without one.
///
/// Not `Codable`, never a default argument, never read from a task-local: a scope is an argument, and where it came from
/// can be followed by eye. Only an authenticator (a key on a request, or the operator on the command line) mints it.
public struct TenantScope: Hashable, Sendable {
    public let tenant: TenantID
    /// Which tenant of that name: a scope does not outlive its tenant, even if the name is used again.
    public let generation: String

    @_spi(ScopeMinting) public init(tenant: TenantID, generation: String) {
        (self.tenant, self.generation) = (tenant, generation)
    }
}
