public import Tenancy

extension TenantID {
    /// A literal tenant, for a test.
    public static func test(_ text: String) -> TenantID {
        guard let id = TenantID(text) else { preconditionFailure("\(text) is no tenant id") }
        return id
    }
}

extension DocumentID {
    /// A literal id, for a test.
    public static func test(_ text: String) -> DocumentID {
        guard let id = DocumentID(text) else { preconditionFailure("\(text) is no document id") }
        return id
    }
}
