import ByteText
import Failure
import JSON

extension MCPServer {
    /// Handles `tools/call`. A bad argument, a missing document or an overload gives a result with `isError`, whose text tells the
    /// model what to change. Malformed calls, unknown tools and internal errors give a JSON-RPC error.
    func callTool(
        _ params: JSONObject, _ principal: Backend.Principal, _ revision: ProtocolRevision
    ) async throws(RPCError) -> MCPResult {
        guard case .string(let name)? = params["name"] else { throw .invalidParams("name must be a string") }
        guard let tool = ToolName(sameBytesAs: name) else { throw .invalidParams("Unknown tool: \(name.shortened(toBytes: 80))") }
        let arguments: JSONObject
        switch params["arguments"] {
        case nil: arguments = [:]
        case .object(let object)?: arguments = object
        default: throw .invalidParams("arguments must be an object")
        }
        do {
            let output =
                switch tool {
                case .search: try await search(JSONFields(arguments), principal)
                case .fetch: try await fetch(JSONFields(arguments), principal)
                }
            return succeeded(output, revision)
        } catch {
            guard let failure = shown(error) else { throw internalError("\(MCPMethod.toolsCall.rawValue) \(name)", error) }
            return failed("\(name): \(Self.explanation(of: failure))")
        }
    }

    private func search(_ arguments: JSONFields, _ principal: Backend.Principal) async throws -> JSONObject {
        try arguments.rejectUnknown(except: ["query", "limit", "filter"])
        let query = try arguments.string("query")
        guard !isBlank(query) else { throw JSONFieldError(path: "query", reason: "must not be blank") }
        guard query.unicodeScalars.count <= limits.queryCharacters else {
            throw JSONFieldError(path: "query", reason: "must be at most \(limits.queryCharacters) characters")
        }
        let limit = try arguments.optionalInt("limit", in: 1...max(1, limits.searchResults))
        let filter = try arguments.optionalObject("filter").map { JSONValue.object($0.object) }
        let hits = try await backend.search(
            principal, query: query, limit: limit ?? min(limits.defaultSearchResults, limits.searchResults), filter: filter)
        return ["results": .array(hits.map { .object(Self.result($0)) })]
    }

    private func fetch(_ arguments: JSONFields, _ principal: Backend.Principal) async throws -> JSONObject {
        try arguments.rejectUnknown(except: ["id"])
        let id = try arguments.string("id", bytes: 1...max(1, limits.idBytes))
        guard let document = try await backend.fetch(principal, id: id) else {
            throw Failure.notFound("no document has the id \(JSONFields.quote(.string(id))); use an id from a search result")
        }
        return [
            "id": .string(document.id), "title": .string(Self.title(document.title, document.id)),
            "text": .string(document.text), "url": .string(Self.url(document.url, document.id)),
            "metadata": .object(document.metadata),
        ]
    }

    private static func result(_ hit: MCPSearchHit) -> JSONObject {
        [
            "id": .string(hit.documentID), "title": .string(title(hit.title, hit.documentID)),
            "url": .string(url(hit.url, hit.documentID)), "text": .string(hit.text),
            "score": .number(hit.score.isFinite ? hit.score : 0),
            "span": ["start": JSONValue(hit.span.lowerBound), "end": JSONValue(hit.span.upperBound)],
            "chunk_id": .string(hit.chunkID), "document_id": .string(hit.documentID),
            "heading_path": JSONValue(hit.headingPath), "metadata": .object(hit.metadata),
        ]
    }

    private static func title(_ title: String, _ id: String) -> String { title.isEmpty ? id : title }
    private static func url(_ url: String, _ id: String) -> String { url.isEmpty ? DocumentURI.uri(of: id) : url }

    /// Returns a result with the output as JSON text, and also as `structuredContent` if the revision supports it.
    private func succeeded(_ output: JSONObject, _ revision: ProtocolRevision) -> MCPResult {
        var fields: JSONObject = ["content": [["type": "text", "text": .string(output.description)]]]
        if revision.hasTitlesAndStructuredResults { fields["structuredContent"] = .object(output) }
        fields["isError"] = false
        return MCPResult(fields)
    }

    private func failed(_ text: String) -> MCPResult {
        MCPResult(["content": [["type": "text", "text": .string(text)]], "isError": true])
    }

    private static func explanation(of failure: Failure) -> String {
        if failure.isTemporary { return failure.detail + (failure.retryAfterSeconds.map { " (retry after \($0) s)" } ?? " (retry later)") }
        guard let field = failure.field, !failure.detail.hasPrefix(field) else { return failure.detail }
        return "\(field): \(failure.detail)"
    }
}
