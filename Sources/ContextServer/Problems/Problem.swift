import Failure
import HTTPTypes
import Hummingbird
import JSON
import MCP
import Tenancy

/// A failure as HTTP responds to it: with a status, headers, and an RFC 9457 problem document, OpenAI's format on the paths of its API,
/// or JSON-RPC's on those of MCP. Errors that only HTTP has are thrown as problems; all others as what they are.
struct Problem: FailureConvertible, Sendable {
    let status: HTTPResponse.Status
    let failure: Failure
    var headers: HTTPFields = [:]

    var code: String { failure.code }

    /// Creates an error that only HTTP has.
    init(status: HTTPResponse.Status, code: String, detail: String, headers: HTTPFields = [:]) {
        (self.status, self.headers) = (status, headers)
        failure = Failure(status.kind == .serverError ? .internal : .invalid, code: code, detail)
    }

    init(_ failure: Failure) {
        (self.failure, status) = (failure, HTTPResponse.Status(failure.kind))
        headers[.retryAfter] = failure.retryAfterSeconds.map { "\($0)" }
    }

    /// Returns the problem document of request `requestID`.
    func document(requestID: String) -> JSONValue {
        var document: JSONObject = [
            "type": "about:blank", "title": .string(status.reasonPhrase),
            "status": .integer(Int64(status.code)), "detail": .string(failure.detail), "code": .string(code),
            "request_id": .string(requestID),
        ]
        for (name, value) in failure.members { document[name] = value }
        return .object(document)
    }

    /// Returns the problem as an error of JSON-RPC. Its `data` has the members of the problem document that programs use.
    func rpcDocument(requestID: String) -> JSONValue {
        var data: JSONObject = ["status": .integer(Int64(status.code)), "code": .string(code), "request_id": .string(requestID)]
        data["retryAfterSeconds"] = headers[.retryAfter].flatMap { Int64($0) }.map(JSONValue.integer)
        for (name, value) in failure.members { data[name] = value }
        return MCPRefusal.document(status.code, failure.detail, data: data)
    }

    /// The problem in the format of OpenAI's API, which its clients turn into typed errors.
    var openAIDocument: JSONValue {
        let type =
            switch status.code {
            case 401: "authentication_error"
            case 402: "insufficient_quota"
            case 403: "permission_error"
            case 429: "rate_limit_error"
            case 500...: "server_error"
            default: "invalid_request_error"
            }
        var error: JSONObject = [
            "message": .string(failure.detail), "type": .string(type), "param": failure.field.map(JSONValue.string) ?? .null,
            "code": .string(Self.openAICode(code)),
        ]
        for (name, value) in failure.members { error[name] = value }
        return ["error": .object(error)]
    }

    /// Returns the name that OpenAI's API has for a code.
    static func openAICode(_ code: String) -> String { code == "unauthenticated" ? "invalid_api_key" : code }
}

// The problems that the HTTP layer itself reports.
extension Problem {
    static let missingKey = Problem(
        status: .unauthorized, code: "unauthenticated", detail: "this route requires an API key: Authorization: Bearer ctx_…",
        headers: [.wwwAuthenticate: "Bearer"])
    static let invalidKey = Problem(
        status: .unauthorized, code: "unauthenticated", detail: "the key is malformed, unknown or revoked",
        headers: [.wwwAuthenticate: #"Bearer error="invalid_token""#])

    static func tooManyFailures(retryAfter seconds: Int) -> Problem {
        Problem(
            status: .tooManyRequests, code: "too_many_failures",
            detail: "too many invalid keys from this address; wait \(seconds) s, or use a valid key", headers: [.retryAfter: "\(seconds)"])
    }

    static func forbidden(_ error: MissingPermission) -> Problem {
        var problem = Problem(error.failure)
        problem.headers[.wwwAuthenticate] = #"Bearer error="insufficient_scope", scope="\#(error.permission.rawValue)""#
        return problem
    }

    static let noSuchRoute = Failure.notFound("no such route; GET /openapi.json lists all routes")

    static func methodNotAllowed(_ allowed: AllowedMethods) -> Problem {
        Problem(
            status: .methodNotAllowed, code: "method_not_allowed", detail: "method must be one of \(allowed.names)",
            headers: [.allow: allowed.names])
    }

    /// - Parameter offered: the media types that the route can respond with.
    static func notAcceptable(_ offered: [String]) -> Problem {
        Problem(
            status: .notAcceptable, code: "not_acceptable",
            detail: "Accept allows none of the media types that this route returns: \(offered.joined(separator: ", "))")
    }

    static func tooLarge(limit: Int) -> Failure { .tooLarge("the body is larger than \(limit) bytes") }
}
