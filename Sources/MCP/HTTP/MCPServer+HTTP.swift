import ByteText
import JSON

extension MCPServer {
    /// Handles one HTTP request to the MCP endpoint.
    ///
    /// Modern requests pass through the protocol's sequence of checks; requests of the handshake revisions are served without
    /// sessions. The response has one JSON body, or none. Cancelling the task cancels the request.
    public func handleHTTP(_ request: MCPHTTPRequest, principal: Principal) async -> MCPHTTPResponse {
        guard request.method == "POST" else {
            let reason = "Only POST is allowed: this endpoint speaks Streamable HTTP, without sessions and streams"
            var response = Self.refusal(405, .init(.invalidRequest, reason))
            response.headers.append(("Allow", "POST"))
            return response
        }
        guard request.hasJSONBody else {
            return Self.refusal(415, .init(.invalidRequest, "Content-Type must be application/json"))
        }
        guard request.acceptsJSON else {
            return Self.refusal(406, .init(.invalidRequest, "Accept must allow application/json"))
        }
        let value: JSONValue
        do {
            value = try await parse?(request.body) ?? JSONValue(parsing: request.body, limits: limits.json)
        } catch let error as JSONError where error.code.isLimit {
            return MCPRefusal.response(400, "Parse error: \(error)", data: [:], code: .parseError)
        } catch let error as JSONError {
            return Self.refusal(400, .init(.parseError, "Parse error: \(error)"))
        } catch {
            return MCPRefusal.response(503, "the server is overloaded or stopping; retry in a moment", data: ["retryAfterSeconds": 1])
        }
        return await answer(value, to: request, principal)
    }

    private func answer(
        _ value: JSONValue, to http: MCPHTTPRequest, _ principal: Principal
    ) async -> MCPHTTPResponse {
        let era = HTTPEra(headers: http)
        if case .array(let messages) = value {
            guard case .legacy(let revision) = era, revision.hasBatches else {
                return Self.refusal(400, .init(.invalidRequest, "Batches are not part of this protocol version"))
            }
            return await answerBatch(messages, principal)
        }
        switch RPCMessage(value) {
        case .invalid(let id, let reason):
            return Self.refusal(400, .init(.invalidRequest, "Invalid request: \(reason)"), id: id)
        case .notification: return MCPHTTPResponse(status: 202)
        case .response:
            if case .legacy = era { return MCPHTTPResponse(status: 202) }
            return Self.refusal(400, .init(.invalidRequest, "Invalid request: this server sends no requests, so it accepts no responses"))
        case .request(let request):
            if case .legacy(let revision) = era, !request.namesItsVersion {
                return await answerLegacy(request, principal, revision)
            }
            return await answerModern(request, http, principal)
        }
    }

    /// Handles a request of a handshake revision: the status is always 200, even if the response is an error.
    private func answerLegacy(
        _ request: RPCRequest, _ principal: Principal, _ revision: ProtocolRevision
    ) async -> MCPHTTPResponse {
        if let text = constantAnswer(to: request, revision) { return Self.constant(text, to: request, revision) }
        let answer = await answer(request, principal: principal, revision: revision)
        return Self.response(200, answer, method: MCPMethod(request.method, in: revision))
    }

    private func answerModern(
        _ request: RPCRequest, _ http: MCPHTTPRequest, _ principal: Principal
    ) async -> MCPHTTPResponse {
        let revision: ProtocolRevision
        do throws(RPCError) {
            try Self.checkVersionHeader(of: http, request)
            let version = try ModernEnvelope.version(of: request)
            try RoutingHeaders.check(http, against: request, version: version)
            revision = try ModernEnvelope.revision(version)
        } catch {
            return Self.refusal(400, error, id: request.id)
        }
        if let text = constantAnswer(to: request, revision) { return Self.constant(text, to: request, revision) }
        let answer = await answer(request, principal: principal, revision: revision)
        var response = Self.response(
            Self.modernStatus(answer.error), answer, method: MCPMethod(request.method, in: revision))
        if let seconds = answer.error?.retryAfterSeconds { response.headers.append(("Retry-After", String(seconds))) }
        return response
    }

    /// Rejects a request whose only version is in the header, and is not one of this server.
    private static func checkVersionHeader(of http: MCPHTTPRequest, _ request: RPCRequest) throws(RPCError) {
        let versions = http.values(of: RoutingHeaders.version)
        guard !request.namesItsVersion, versions.count == 1 else { return }
        let supported = ProtocolRevision.allCases.map(\.rawValue)
        guard !supported.contains(where: { $0.hasSameBytes(as: versions[0]) }) else { return }
        throw .invalidParams(
            "\(RoutingHeaders.version) must be one of \(supported.joined(separator: ", ")), got \(versions[0].shortened(toBytes: 80)); "
                + "2026-07-28 also needs params._meta")
    }

    private static func modernStatus(_ error: RPCError?) -> Int {
        guard let error else { return 200 }
        switch error.code {
        case .methodNotFound: return 404
        case .internalError: return error.retryAfterSeconds == nil ? 200 : 503
        case .parseError, .invalidRequest, .invalidParams, .resourceNotFound, .headerMismatch,
            .unsupportedProtocolVersion:
            return 400
        }
    }
}

extension MCPServer {
    /// Handles a batch (2025-03-26 only): returns the responses in message order, or 202 if no message requires one.
    private func answerBatch(_ messages: [JSONValue], _ principal: Principal) async -> MCPHTTPResponse {
        guard !messages.isEmpty, messages.count <= limits.batchMessages else {
            let reason = "Invalid request: a batch must have 1 to \(limits.batchMessages) messages"
            return Self.refusal(400, .init(.invalidRequest, reason))
        }
        do throws(RPCError) {
            guard let answer = try await batchAnswer(messages, principal) else { return MCPHTTPResponse(status: 202) }
            return Self.json(200, answer)
        } catch {
            return Self.refusal(error.retryAfterSeconds == nil ? 500 : 503, error)
        }
    }

    static func refusal(_ status: Int, _ error: RPCError, id: RPCID? = nil) -> MCPHTTPResponse {
        var response = json(status, RPCAnswer.error(error, id: id))
        response.rpcErrorCode = error.code.rawValue
        if let seconds = error.retryAfterSeconds { response.headers.append(("Retry-After", String(seconds))) }
        return response
    }

    private static func response(
        _ status: Int, _ answer: (message: JSONValue, error: RPCError?), method: MCPMethod?
    ) -> MCPHTTPResponse {
        var response = json(status, answer.message)
        response.rpcMethod = method?.rawValue
        response.rpcErrorCode = answer.error?.code.rawValue
        return response
    }

    private static func constant(_ text: [UInt8], to request: RPCRequest, _ revision: ProtocolRevision) -> MCPHTTPResponse {
        var response = json(200, text)
        response.rpcMethod = MCPMethod(request.method, in: revision)?.rawValue
        return response
    }

    private static func json(_ status: Int, _ value: JSONValue) -> MCPHTTPResponse { json(status, value.serialized()) }

    private static func json(_ status: Int, _ body: [UInt8]) -> MCPHTTPResponse {
        MCPHTTPResponse(status: status, headers: [("Content-Type", "application/json")], body: body)
    }
}

/// The protocol era that the version header alone indicates.
private enum HTTPEra {
    case legacy(ProtocolRevision)
    case modern

    init(headers: MCPHTTPRequest) {
        let versions = headers.values(of: RoutingHeaders.version)
        switch versions.count {
        case 0: self = .legacy(.unnamed)
        case 1: self = ProtocolRevision.legacy(versions[0]).map(HTTPEra.legacy) ?? .modern
        default: self = .modern
        }
    }
}
