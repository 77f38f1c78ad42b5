import ByteText
import Failure
import JSON

extension MCPServer {
    func listTools(_ params: JSONObject, _ revision: ProtocolRevision) throws(RPCError) -> MCPResult {
        try refuseCursor(params)
        return MCPResult(["tools": .array(tools.map { .object($0.definition(revision)) })], caching: .forAll)
    }

    /// Handles `tools/call`. A bad argument, a missing document or an overload gives a result with `isError`, whose text tells the
    /// model what to change. Malformed calls, unknown tools and internal errors give a JSON-RPC error.
    func callTool(
        _ params: JSONObject, _ principal: Principal, _ revision: ProtocolRevision
    ) async throws(RPCError) -> MCPResult {
        guard case .string(let name)? = params["name"] else { throw .invalidParams("name must be a string") }
        guard let tool = tools.first(where: { $0.name.hasSameBytes(as: name) }) else {
            throw .invalidParams("Unknown tool: \(name.shortened(toBytes: 80))")
        }
        let arguments: JSONObject
        switch params["arguments"] {
        case nil, .null?: arguments = [:]
        case .object(let object)?: arguments = object
        default: throw .invalidParams("arguments must be an object")
        }
        do {
            return succeeded(try await tool.handler(JSONFields(arguments), principal), revision)
        } catch {
            guard let failure = shown(error) else { throw internalError("\(MCPMethod.toolsCall.rawValue) \(name)", error) }
            return failed("\(name): \(Self.explanation(of: failure))")
        }
    }

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
