import HTTPTypes
import JSON

/// A kind of error in the OpenAPI document: a status, and the codes that clients tell errors apart by.
struct APIError: Sendable {
    let status: Int
    /// The name of the response in the document.
    private let name: String
    private let description: String
    let codes: [String]
    /// The text of an example, which has the first code.
    private let example: String
    private let headers: [APIHeader]

    private init(
        _ status: Int, _ name: String, _ description: String, _ codes: [String], _ example: String, headers: [APIHeader] = []
    ) {
        (self.status, self.name, self.description, self.codes) = (status, name, description, codes)
        (self.example, self.headers) = (example, headers)
    }

    /// The reference to the error in the format of the route's family.
    func reference(_ format: ErrorFormat) -> JSONValue { Self.reference(name, format) }

    /// The reference to any error, also one that the document does not list.
    static func other(_ format: ErrorFormat) -> JSONValue { reference("Error", format) }

    private static func reference(_ name: String, _ format: ErrorFormat) -> JSONValue {
        ["$ref": .string("#/components/responses/\(format.prefix)\(name)")]
    }

    /// The responses that routes refer to.
    ///
    /// - Parameter used: the references that occur; OpenAPI's tools report a response that no route has.
    static func components(used: Set<String>) -> JSONValue {
        var responses = JSONObject()
        for format in ErrorFormat.documented {
            for error in all { responses[format.prefix + error.name] = error.json(format) }
            responses["\(format.prefix)Error"] = [
                "description": "Any other error.", "headers": .object(APIHeader.json(of: [])),
                "content": APIContent.json(of: [format.content(example: nil)]),
            ]
        }
        for name in responses.keys where !used.contains("#/components/responses/\(name)") { responses[name] = nil }
        return .object(responses)
    }

    private func json(_ format: ErrorFormat) -> JSONValue {
        let words = codes.map { "`\(format == .openAI ? Problem.openAICode($0) : $0)`" }.joined(separator: ", ")
        return [
            "description": .string("\(description) Codes: \(words)."), "headers": .object(APIHeader.json(of: headers)),
            "content": APIContent.json(of: [format.content(example: format.example(of: self, detail: example))]),
        ]
    }
}

extension APIError {
    private static let retryAfter = APIHeader(
        "Retry-After", "Number of seconds to wait before a retry.", ["type": "integer", "minimum": 0])
    private static let challenge = APIHeader("WWW-Authenticate", "What is wrong with the key (RFC 6750).")

    static let all: [APIError] = [
        APIError(
            400, "BadRequest", "The request is malformed, or a value in it is invalid.",
            [
                "invalid_request", "invalid_json", "invalid_multipart", "context_length_exceeded", "disconnected", "invalid_encoding",
                "invalid_idempotency_key", "token_ids_refused",
            ],
            "limit must be an integer from 1 to 100, got 0"),
        APIError(
            401, "Unauthorized", "The key is missing, malformed, unknown or revoked.", ["unauthenticated"],
            "the key is malformed, unknown or revoked", headers: [challenge]),
        APIError(
            402, "QuotaExceeded", "The request may take more than what is left of the tenant's quota.", ["quota_exceeded"],
            "this request may use 7 tokens, but the quota of 100 tokens per day has 0 left", headers: [retryAfter]),
        APIError(
            403, "Forbidden", "The key lacks the scope, or a web page of this origin may not call the route.",
            ["forbidden", "origin_refused"], "the key lacks the permission \"write\"", headers: [challenge]),
        APIError(
            404, "NotFound", "It does not exist, or it belongs to another tenant.", ["not_found", "model_not_found", "original_not_kept"],
            "no document has this id"),
        APIError(
            406, "NotAcceptable", "`Accept` or `Accept-Encoding` allows none of the forms that the route returns.", ["not_acceptable"],
            "this route returns application/json"),
        APIError(408, "RequestTimeout", "The request took too long to arrive.", ["timeout"], "the body took longer than 120 s to arrive"),
        APIError(
            409, "Conflict", "The current state does not allow this.",
            ["cancelled", "not_retryable", "finished", "idempotency_in_progress"],
            "the document was deleted or replaced before this version was ready"),
        APIError(
            412, "PreconditionFailed", "The stored version does not satisfy `If-Match` or `If-None-Match`.", ["precondition_failed"],
            "the document has another version"),
        APIError(
            413, "TooLarge", "The body, the document, or the memory that the request needs exceeds a limit.",
            ["too_large", "json_too_large"], "the body is larger than 4194304 bytes"),
        APIError(
            415, "UnsupportedMediaType", "The format or the encoding of the body is not supported.",
            ["unsupported_media_type", "unsupported_encoding", "reader_missing"], "Content-Type must be application/json"),
        APIError(
            422, "Unprocessable", "The document has no text, or it cannot be read.",
            [
                "empty", "undecodable", "malformed", "encrypted", "no_text_layer", "timed_out", "out_of_memory", "crashed",
                "idempotency_key_reused",
            ],
            "text is blank"),
        APIError(
            429, "TooManyRequests", "Too many invalid keys came from this address, or the model's queue is full.",
            ["too_many_failures", "model_busy"],
            "too many invalid keys from this address; wait 12 s, or use a valid key", headers: [retryAfter]),
        APIError(
            500, "InternalError", "The server has a bug, or its data is corrupt. The log has the request id.",
            ["internal", "catalog_damaged", "interrupted"], "internal error; search the log for the request id"),
        APIError(
            502, "BadGateway", "A provider cannot be reached, fails, or returns an invalid response.",
            ["upstream_unavailable", "upstream_invalid", "upstream_rejected", "embedding_rejected", "embedding_failed"],
            "the embedding provider cannot be reached", headers: [retryAfter]),
        APIError(
            503, "Unavailable", "The server is overloaded, starting or stopping, or a provider is unavailable.",
            ["overloaded", "stopping", "upstream_busy", "model_unavailable", "not_ready"],
            "too many concurrent requests; try again in a moment", headers: [retryAfter]),
        APIError(
            504, "GatewayTimeout", "The request, or a provider, took too long.", ["deadline_exceeded", "upstream_timeout"],
            "the request took longer than 60 s", headers: [retryAfter]),
        APIError(
            507, "InsufficientStorage", "Writes fail: the disk is full, or the data directory is read-only. Reads go on.",
            ["storage_full", "storage_read_only"], "storage is full", headers: [retryAfter]),
    ]
}

extension ErrorFormat {
    /// The formats in the order of the document.
    static let documented: [ErrorFormat] = [.problem, .openAI, .jsonRPC]

    /// The beginning of the names of the format's responses.
    fileprivate var prefix: String {
        switch self {
        case .problem: ""
        case .openAI: "OpenAI"
        case .jsonRPC: "RPC"
        }
    }

    fileprivate func content(example: JSONValue?) -> APIContent {
        switch self {
        case .problem: .problem(example: example)
        case .openAI: .json("OpenAIError", example: example)
        case .jsonRPC: .json("RPCResponse", example: example)
        }
    }

    fileprivate func example(of error: APIError, detail: String) -> JSONValue {
        let problem = Problem(status: .init(integerLiteral: error.status), code: error.codes[0], detail: detail)
        return switch self {
        case .problem: problem.document(requestID: "req_nwh11i7gnscsmhha")
        case .openAI: problem.openAIDocument
        case .jsonRPC: problem.rpcDocument(requestID: "req_nwh11i7gnscsmhha")
        }
    }
}
