/// The right to act on one tenant's data. All access to tenant data requires a scope.
///
/// A scope is not `Codable`, never a default argument and never task-local: it is passed as an argument, so that its origin is visible in
/// the code. Only an authenticator (a key on a request, or the operator on the command line) creates one.
public struct TenantScope: Hashable, Sendable {
    public let tenant: TenantID
    /// The tenant incarnation: a scope does not outlive its tenant, even if the id is used again.
    public let incarnation: String

    @_spi(ScopeMinting) public init(tenant: TenantID, incarnation: String) {
        (self.tenant, self.incarnation) = (tenant, incarnation)
    }
}
