public import JSON

/// The name and version that the server reports to clients.
public struct MCPServerInfo: Sendable {
    public var name: String
    public var title: String
    public var version: String
    public var websiteURL: String?

    public init(name: String, title: String, version: String, websiteURL: String? = nil) {
        (self.name, self.title, self.version, self.websiteURL) = (name, title, version, websiteURL)
    }
}

/// The limits on requests, results, batches and stdio connections.
public struct MCPLimits: Sendable {
    /// Maximum length of a resource's id, and of a prefix to complete, in UTF-8 bytes.
    public var idBytes = 512
    /// Maximum length of a URI that an error repeats, in bytes; a longer one is shortened.
    public var uriBytes = 1_557
    /// Maximum length of a position that `MCPResources.List` returns, in UTF-8 bytes.
    public var positionBytes = 576
    /// Number of resources on the first page of `resources/list`, which is all that many clients read; `nil` means `pageSize`. A client
    /// that follows `nextCursor` gets all resources even if it is 0.
    public var firstPageSize: Int?
    /// Number of resources on a page of `resources/list`.
    public var pageSize = 50
    /// Maximum number of values that `completion/complete` returns; the protocol allows 100.
    public var completions = 100
    /// Maximum number of messages in one batch (2025-03-26 only).
    public var batchMessages = 64
    /// Size of a batch's responses, in bytes, at which its remaining requests get errors.
    public var batchAnswerBytes = 8 << 20
    /// Maximum number of concurrent requests on one stdio connection. At the limit, the server stops reading lines.
    public var stdioConcurrency = 8
    /// Maximum length of one stdio line, in bytes.
    public var stdioLineBytes = 4 << 20
    /// Limits on the JSON of one message, such as its nesting depth.
    public var json = JSONLimits.default

    public init() {}
}

/// A Model Context Protocol server of tools, prompts and resources: a pure function from a principal and a message to a response, with
/// adapters for HTTP (`handleHTTP`) and stdio (`MCPStdioSession`).
///
/// The server supports revision 2026-07-28, in which each request is self-contained, and, without sessions, 2025-11-25, 2025-06-18,
/// 2025-03-26 and 2024-11-05. It keeps no state between requests. Every handler gets the principal that the transport authenticated: it
/// must return only that principal's data, and treat ids of other principals as nonexistent.
public struct MCPServer<Principal: Sendable>: Sendable {
    let info: MCPServerInfo
    let instructions: String
    let tools: [MCPTool<Principal>]
    let prompts: [MCPPrompt<Principal>]
    let resources: MCPResources<Principal>?
    let admission: MCPBatchAdmission<Principal>
    let limits: MCPLimits
    /// The results that never change, which need no work for each request.
    private(set) var constants = ConstantResults()
    let report: @Sendable (_ method: String, any Error) -> Void
    /// The parser for HTTP bodies, which may run on any thread and throws `JSONError` if it rejects the body. If `nil`, the server parses
    /// on the caller's thread, within `MCPLimits.json`.
    public var parse: (@Sendable (_ body: [UInt8]) async throws -> JSONValue)?

    /// - Parameters:
    ///   - instructions: a description, sent to every client, of what the server offers and how to use it. It must not contain tenant data.
    ///   - onInternalError: receives, for the log, the errors that clients see only as "internal error".
    public init(
        info: MCPServerInfo, instructions: String, tools: [MCPTool<Principal>], prompts: [MCPPrompt<Principal>] = [],
        resources: MCPResources<Principal>? = nil, admission: MCPBatchAdmission<Principal> = MCPBatchAdmission(),
        limits: MCPLimits = MCPLimits(), onInternalError: @escaping @Sendable (_ method: String, any Error) -> Void = { _, _ in }
    ) {
        (self.info, self.instructions, self.tools, self.prompts) = (info, instructions, tools, prompts)
        (self.resources, self.admission, self.limits, report) = (resources, admission, limits, onInternalError)
        constants = constantResults()
    }
}
