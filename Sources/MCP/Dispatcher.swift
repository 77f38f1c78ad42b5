import ByteText
import Failure
import JSON

/// A method's result, without the envelope of the revision.
struct MCPResult: Sendable {
    var fields: JSONObject
    /// The cache lifetime and scope of the result; `nil` for methods whose results have no caching members.
    var caching: Caching?

    struct Caching: Sendable {
        let ttlMilliseconds: Int
        let scope: String

        /// For results that are the same for every caller while the server process runs.
        static let forAll = Caching(ttlMilliseconds: 3_600_000, scope: "public")
        /// For tenant data, which is always stale: a deleted document must not come back from a cache.
        static let never = Caching(ttlMilliseconds: 0, scope: "private")
    }

    init(_ fields: JSONObject, caching: Caching? = nil) { (self.fields, self.caching) = (fields, caching) }
}

/// The methods that the server supports.
enum MCPMethod: String, CaseIterable, Sendable {
    case discover = "server/discover"
    case initialize
    case ping
    case toolsList = "tools/list"
    case toolsCall = "tools/call"
    case resourcesList = "resources/list"
    case resourceTemplatesList = "resources/templates/list"
    case resourcesRead = "resources/read"
    case promptsList = "prompts/list"
    case promptsGet = "prompts/get"
    case complete = "completion/complete"

    /// Returns the method with that name, or `nil` if the revision does not have it.
    init?(_ name: String, in revision: ProtocolRevision) {
        guard let method = MCPMethod(sameBytesAs: name) else { return nil }
        switch method {
        case .discover where !revision.isModern: return nil
        case .initialize where revision.isModern, .ping where revision.isModern: return nil
        default: self = method
        }
    }
}

extension MCPServer {
    /// Handles one request, for every revision and transport.
    func dispatch(
        _ method: MCPMethod, _ params: JSONObject, principal: Principal, revision: ProtocolRevision
    ) async throws(RPCError) -> MCPResult {
        switch method {
        case .discover: discover()
        case .initialize: try initialize(params)
        case .ping: MCPResult([:])
        case .toolsList: try listTools(params, revision)
        case .toolsCall: try await callTool(params, principal, revision)
        case .resourcesList: try await listResources(params, principal, revision)
        case .resourceTemplatesList: try listResourceTemplates(params, revision)
        case .resourcesRead: try await readResource(params, principal)
        case .promptsList: try listPrompts(params, revision)
        case .promptsGet: try await getPrompt(params, principal)
        case .complete: try await complete(params, principal)
        }
    }

    /// Calls `dispatch` and wraps the result in the envelope of the revision.
    ///
    /// - Returns: the complete JSON-RPC response, and the error that it contains, if any.
    func answer(
        _ request: RPCRequest, principal: Principal, revision: ProtocolRevision
    ) async -> (message: JSONValue, error: RPCError?) {
        do throws(RPCError) {
            guard let method = MCPMethod(request.method, in: revision) else {
                throw RPCError.methodNotFound(request.method)
            }
            let params = try request.parameters()
            let result = try await dispatch(method, params, principal: principal, revision: revision)
            return (RPCAnswer.result(enveloped(result, revision), id: request.id), nil)
        } catch {
            let error = error.translated(for: revision)
            return (RPCAnswer.error(error, id: request.id), error)
        }
    }

    func enveloped(_ result: MCPResult, _ revision: ProtocolRevision) -> JSONObject {
        guard revision.isModern else { return result.fields }
        var fields: JSONObject = ["resultType": "complete"]
        for (key, value) in result.fields { fields[key] = value }
        if let caching = result.caching {
            fields["ttlMs"] = JSONValue(caching.ttlMilliseconds)
            fields["cacheScope"] = .string(caching.scope)
        }
        fields["_meta"] = [MetaKey.serverInfo: .object(implementation(revision))]
        return fields
    }

    /// Calls the backend for a method other than `tools/call`.
    func calling<T: Sendable>(_ method: MCPMethod, _ body: () async throws -> T) async throws(RPCError) -> T {
        do {
            return try await body()
        } catch {
            throw rpcError(method.rawValue, error)
        }
    }

    /// Returns the error that the client sees for an error that was thrown outside of a tool call.
    func rpcError(_ method: String, _ error: any Error) -> RPCError {
        if let error = error as? RPCError { return error }
        return shown(error).map { RPCError($0) } ?? internalError(method, error)
    }

    /// Returns what the client sees of an error; `nil` for an internal error and for a cancelled request.
    func shown(_ error: any Error) -> Failure? {
        guard !(error is CancellationError) else { return nil }
        let failure = Failure(error)
        return failure.kind == .internal ? nil : failure
    }

    /// Reports an error to the log, unless it is a cancellation, and returns one without details for the client.
    func internalError(_ method: String, _ error: any Error) -> RPCError {
        if !(error is CancellationError) { report(method, error) }
        return .internalError
    }
}
