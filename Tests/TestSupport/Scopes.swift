public import Tenancy

extension TenantID {
    /// A tenant id from a literal, for a test.
    public static func test(_ text: String) -> TenantID {
        guard let id = TenantID(text) else { preconditionFailure("\(text) is not a tenant id") }
        return id
    }
}

extension DocumentID {
    /// A document id from a literal, for a test.
    public static func test(_ text: String) -> DocumentID {
        guard let id = DocumentID(text) else { preconditionFailure("\(text) is not a document id") }
        return id
    }
}
