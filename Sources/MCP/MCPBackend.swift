public import JSON

/// What the server can do for one principal: the only way from the protocol to the data.
///
/// Every call carries the principal that the transport authenticated; an implementation answers for that principal's data
/// only, and as if nothing else existed: another's id is simply not there.
public protocol MCPBackend: Sendable {
    associatedtype Principal: Sendable

    /// The passages that best answer `query`, best first.
    ///
    /// - Parameters:
    ///   - query: not blank, at most `MCPLimits.queryCharacters`.
    ///   - limit: `1...MCPLimits.searchResults`.
    ///   - filter: an object, otherwise as the client sent it: a grammar error in it is `.invalidArgument`.
    func search(_ principal: Principal, query: String, limit: Int, filter: JSONValue?) async throws -> [MCPSearchHit]

    /// One document with its text; `nil` where the principal has none of that id.
    func fetch(_ principal: Principal, id: String) async throws -> MCPDocument?

    /// One page of documents in the order of their ids.
    ///
    /// - Parameter after: the page begins behind this id, whether or not that document still exists; `nil` from the start.
    /// - Returns: at most `limit` documents; `next` is the `after` of the following page, `nil` on the last.
    func listDocuments(
        _ principal: Principal, after: String?, limit: Int
    ) async throws -> (documents: [MCPDocumentSummary], next: String?)

    /// Ids that begin with `prefix`, in order.
    ///
    /// - Returns: at most `limit` of them, and how many there are in all.
    func completeDocumentID(
        _ principal: Principal, prefix: String, limit: Int
    ) async throws -> (values: [String], total: Int)

    /// Takes places for the messages of a batch: it counts as so many requests.
    ///
    /// - Returns: what holds the places, for as long as it lives.
    func admit(_ principal: Principal, messages: Int) async throws -> (any Sendable)?

    /// The answers of a batch take so many bytes by now, which are kept until all are there; what was read for the last one is released.
    ///
    /// - Returns: whether there is memory for more.
    func keep(_ principal: Principal, bytes: Int) async -> Bool

    /// The passages to answer `question` from, best first, within whatever budget the backend keeps.
    func context(_ principal: Principal, question: String) async throws -> [MCPSearchHit]
}

extension MCPBackend {
    /// A backend that bounds nothing.
    public func admit(_ principal: Principal, messages: Int) async throws -> (any Sendable)? { nil }
    public func keep(_ principal: Principal, bytes: Int) async -> Bool { true }
}

/// What a backend throws to tell the client or the model something. Any other error is reported as an internal one,
/// without its text.
public struct MCPBackendError: Error, Sendable {
    public enum Kind: Hashable, Sendable {
        /// The argument of that name (`filter`, `query`, …) has to change.
        case invalidArgument(field: String)
        case notFound
        /// The principal may not do this.
        case forbidden
        /// Overload, or a part that is starting or down.
        case unavailable(retryAfterSeconds: Int?)
    }

    public let kind: Kind
    /// A sentence that the client sees: what is wrong and what to change.
    public let message: String

    public init(_ kind: Kind, _ message: String) { (self.kind, self.message) = (kind, message) }
}
