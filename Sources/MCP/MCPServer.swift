public import JSON

/// Who the server says it is.
public struct MCPServerInfo: Sendable {
    public var name: String
    public var title: String
    public var version: String
    public var websiteURL: String?

    public init(name: String, title: String, version: String, websiteURL: String? = nil) {
        (self.name, self.title, self.version, self.websiteURL) = (name, title, version, websiteURL)
    }
}

/// What the server refuses, and how it divides its answers.
public struct MCPLimits: Sendable {
    /// Unicode scalars of a query or question.
    public var queryCharacters = 10_000
    /// UTF-8 bytes of a document id, and of a prefix to complete.
    public var idBytes = 512
    /// The most results one search may ask for, and what it gets unasked.
    public var searchResults = 50
    public var defaultSearchResults = 10
    /// Documents on a page of `resources/list`.
    public var pageSize = 50
    /// Suggestions of `completion/complete`; the protocol allows 100.
    public var completions = 100
    /// Messages of one batch (2025-03-26 only).
    public var batchMessages = 64
    /// Bytes of a batch's answers from which on its other requests get errors.
    public var batchAnswerBytes = 8 << 20
    /// Requests of one stdio connection that run at once; further ones wait unread.
    public var stdioConcurrency = 8
    /// Bytes of one line on stdio.
    public var stdioLineBytes = 4 << 20
    /// What one message may nest.
    public var json = JSONLimits.default

    public init() {}
}

/// The Model Context Protocol over a backend: a pure function from a principal and a message to an answer, with adapters
/// for HTTP (`handleHTTP`) and stdio (`MCPStdioSession`).
///
/// Serves 2026-07-28, in which each request stands alone, and, without sessions, 2025-11-25, 2025-06-18 and 2025-03-26.
/// Nothing is remembered between requests.
public struct MCPServer<Backend: MCPBackend>: Sendable {
    let info: MCPServerInfo
    let instructions: String
    let backend: Backend
    let limits: MCPLimits
    let report: @Sendable (_ method: String, any Error) -> Void
    /// Parses the body of an HTTP message, on whatever thread; throws `JSONError` where it is no JSON that is accepted. `nil` parses on
    /// the caller's thread, within `MCPLimits.json`.
    public var parse: (@Sendable (_ body: [UInt8]) async throws -> JSONValue)?

    /// - Parameters:
    ///   - instructions: told to every client: what is searched and how. Never a tenant's text.
    ///   - onInternalError: gets the errors that clients see only as "internal error", for the log.
    public init(
        info: MCPServerInfo, instructions: String, backend: Backend, limits: MCPLimits = MCPLimits(),
        onInternalError: @escaping @Sendable (_ method: String, any Error) -> Void = { _, _ in }
    ) {
        (self.info, self.instructions, self.backend, self.limits) = (info, instructions, backend, limits)
        report = onInternalError
    }
}
