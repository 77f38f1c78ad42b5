import HTTPTypes
import Hummingbird
import JSON
import Tenancy

/// An error as clients see it: an RFC 9457 problem document, or the OpenAI format on the routes that follow OpenAI.
struct Problem: Error, Sendable {
    let status: HTTPResponse.Status
    /// A stable code for programs, from a closed set.
    let code: String
    /// A sentence for people: what is wrong, and what to change. It contains no tenant's text but the caller's own.
    let detail: String
    /// The invalid field of the request.
    var field: String?
    var headers: HTTPFields = [:]
    /// Members of the document in addition to those that every problem has.
    var members = JSONObject()

    /// Returns the problem document of request `requestID`.
    func document(requestID: String) -> JSONValue {
        var document: JSONObject = [
            "type": .string("https://contextd.dev/problems/\(code)"), "title": .string(status.reasonPhrase),
            "status": .integer(Int64(status.code)), "detail": .string(detail), "code": .string(code),
            "request_id": .string(requestID),
        ]
        for (name, value) in members { document[name] = value }
        return .object(document)
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
        let openAICode = code == "unauthenticated" ? "invalid_api_key" : code
        var error: JSONObject = [
            "message": .string(detail), "type": .string(type), "param": field.map(JSONValue.string) ?? .null, "code": .string(openAICode),
        ]
        for (name, value) in members { error[name] = value }
        return ["error": .object(error)]
    }
}

// The problems that the HTTP layer itself reports.
extension Problem {
    enum MissingOrInvalid { case missing, invalid }

    static func unauthenticated(_ reason: MissingOrInvalid) -> Problem {
        switch reason {
        case .missing:
            Problem(
                status: .unauthorized, code: "unauthenticated", detail: "this route requires an API key: Authorization: Bearer ctx_…",
                headers: [.wwwAuthenticate: "Bearer"])
        case .invalid:
            Problem(
                status: .unauthorized, code: "unauthenticated", detail: "the key is malformed, unknown or revoked",
                headers: [.wwwAuthenticate: #"Bearer error="invalid_token""#])
        }
    }

    static func tooManyFailures(retryAfter seconds: Int) -> Problem {
        Problem(
            status: .tooManyRequests, code: "too_many_failures",
            detail: "too many invalid keys from this address; wait \(seconds) s, or use a valid key", headers: [.retryAfter: "\(seconds)"])
    }

    static func forbidden(_ permission: Permission) -> Problem {
        Problem(
            status: .forbidden, code: "forbidden", detail: "the key lacks the scope \"\(permission.rawValue)\"",
            headers: [.wwwAuthenticate: #"Bearer error="insufficient_scope", scope="\#(permission.rawValue)""#])
    }

    static func invalid(_ detail: String, field: String? = nil, code: String = "invalid_request") -> Problem {
        Problem(status: .badRequest, code: code, detail: detail, field: field)
    }

    static func notFound(_ detail: String) -> Problem { Problem(status: .notFound, code: "not_found", detail: detail) }

    static let noSuchRoute = notFound("no such route; GET /openapi.json lists all routes")

    static func methodNotAllowed(_ allowed: [HTTPRequest.Method]) -> Problem {
        let names = allowed.map(\.rawValue).sorted().joined(separator: ", ")
        return Problem(
            status: .methodNotAllowed, code: "method_not_allowed", detail: "method must be one of \(names)", headers: [.allow: names])
    }

    static func tooLarge(limit: Int) -> Problem {
        Problem(status: .contentTooLarge, code: "too_large", detail: "the body is larger than \(limit) bytes")
    }

    static func overloaded(_ detail: String) -> Problem {
        Problem(status: .serviceUnavailable, code: "overloaded", detail: detail, headers: [.retryAfter: "1"])
    }

    static let `internal` = Problem(
        status: .internalServerError, code: "internal", detail: "internal error; search the log for the request id")
}
