public import JSON

/// The operations that the server performs for a principal: the protocol's only access to the data.
///
/// Every call carries the principal that the transport authenticated. An implementation must return only that principal's data,
/// and must treat ids of other principals as nonexistent. Clients see what its errors say as a `Failure`; internal errors go to the log.
public protocol MCPBackend: Sendable {
    associatedtype Principal: Sendable

    /// Returns the passages that best match `query`, best first.
    ///
    /// - Parameters:
    ///   - query: not blank, at most `MCPLimits.queryCharacters`.
    ///   - limit: `1...MCPLimits.searchResults`.
    ///   - filter: a JSON object, otherwise unchecked. The backend throws an `invalid` failure if it is not a valid filter.
    func search(_ principal: Principal, query: String, limit: Int, filter: JSONValue?) async throws -> [MCPSearchHit]

    /// Returns one document with its text, or `nil` if the principal has no document with that id.
    func fetch(_ principal: Principal, id: String) async throws -> MCPDocument?

    /// Returns one page of documents, sorted by id.
    ///
    /// - Parameter after: the id after which the page starts, even if that document no longer exists; `nil` for the first page.
    /// - Returns: at most `limit` documents; `next` is the `after` of the following page, or `nil` on the last page.
    func listDocuments(
        _ principal: Principal, after: String?, limit: Int
    ) async throws -> (documents: [MCPDocumentSummary], next: String?)

    /// Returns document ids that begin with `prefix`, sorted.
    ///
    /// - Returns: at most `limit` ids, and the total number of matching ids.
    func completeDocumentID(
        _ principal: Principal, prefix: String, limit: Int
    ) async throws -> (values: [String], total: Int)

    /// Acquires concurrency permits for a batch, which counts as `messages` requests.
    ///
    /// - Returns: an object that holds the permits for its lifetime.
    func admit(_ principal: Principal, messages: Int) async throws -> (any Sendable)?

    /// Sets the memory reserved for the responses of a batch to `bytes`, and releases what was reserved to read data for the last response.
    ///
    /// - Returns: whether memory for more responses is available.
    func keep(_ principal: Principal, bytes: Int) async -> Bool

    /// Returns the passages to answer `question` from, best first, within the backend's own budget.
    func context(_ principal: Principal, question: String) async throws -> [MCPSearchHit]
}

extension MCPBackend {
    /// Admits every batch, for backends without limits.
    public func admit(_ principal: Principal, messages: Int) async throws -> (any Sendable)? { nil }
    public func keep(_ principal: Principal, bytes: Int) async -> Bool { true }
}
