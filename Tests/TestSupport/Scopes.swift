@_spi(ScopeMinting) public import Tenancy

extension TenantScope {
    /// A scope for a test, as an authenticator would have minted it.
    public static func test(_ name: String) -> TenantScope {
        guard let tenant = TenantID(name) else { preconditionFailure("\(name) is no tenant id") }
        return TenantScope(tenant: tenant)
    }
}

extension DocumentID {
    /// A literal id, for a test.
    public static func test(_ text: String) -> DocumentID {
        guard let id = DocumentID(text) else { preconditionFailure("\(text) is no document id") }
        return id
    }
}
