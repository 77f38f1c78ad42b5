/// The right to act on one tenant's data. Nothing reads or writes tenant data without one.
///
/// Not `Codable`, never a default argument, never read from a task-local: a scope is an argument, and where it came from
/// can be followed by eye. Only an authenticator (a key on a request, or the operator on the command line) mints it.
public struct TenantScope: Hashable, Sendable {
    public let tenant: TenantID

    @_spi(ScopeMinting) public init(tenant: TenantID) { self.tenant = tenant }
}
