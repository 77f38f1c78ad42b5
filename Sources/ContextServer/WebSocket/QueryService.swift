import Answers
import Completions
import Failure
import JSON
import Memory
import Scheduling
import Tenancy

/// Answers single queries on behalf of a key. Each is a request like any other: the key is verified again, and the query counts against the
/// concurrency limits of the server and of its tenant.
struct QueryService: Sendable {
    let chat: ChatService
    let authenticator: Authenticator
    let keys: KeyWatch
    let shares: TenantShares
    let admission: Admission
    let parser: BodyParser
    /// The workers that parse large messages.
    let workers: WorkerPool

    /// The error for a key that is invalid or was revoked.
    struct KeyRefused: Error {}

    /// Returns the key of a first message, `{"type": "auth", "key": "ctx_…"}`, and its caller; `nil` if the key is missing or invalid.
    func key(in message: some Sequence<UInt8>) async throws -> (key: APIKey, caller: Caller)? {
        let limits = JSONLimits(maximumDepth: 4, maximumValues: 64)
        guard let fields = (try? JSONValue(parsing: Array(message), limits: limits))?.objectValue,
            ["auth", .null].contains(fields["type"] ?? .null),
            let key = fields["key"]?.stringValue.flatMap(APIKey.init), let caller = try await authenticator.caller(for: key)
        else { return nil }
        return (key, caller)
    }

    /// Answers a query, whose memory is charged for the answer as it grows.
    ///
    /// - Parameter send: sends each part of the answer, after the client has taken the one before.
    /// - Throws: `KeyRefused`; what `send` throws; the errors of the query and of the answer.
    func answer(_ query: SocketQuery, for key: APIKey, _ send: (SocketMessage) async throws -> Void) async throws {
        let call = try query.call.get()
        guard let caller = try await authenticator.caller(for: key) else { throw KeyRefused() }
        try caller.require(.read)
        let places = (try admission.permit(), try shares.permit(caller.scope.tenant))
        defer { withExtendedLifetime(places) {} }
        let turn = try await chat.answer(call, for: caller)
        let (message, outcome) = try await turn.whole { text in
            query.memory.charge(AnswerResponder.copies * text.utf8.count)
            if call.isStream { try await send(.token(text)) }
        }
        try await send(.answer(AliasShape(model: turn.model, requestID: "").whole(message, outcome)))
    }
}

/// A message of the server on `/api/mcp/ws`.
enum SocketMessage: Sendable {
    case token(String)
    case answer(JSONValue)
    case error(Failure, requestID: String)

    func json(id: JSONValue?) -> JSONValue {
        let (type, members): (String, JSONObject) =
            switch self {
            case .token(let text): ("token", ["content": .string(text)])
            case .answer(let answer): ("answer", answer.objectValue ?? [:])
            case .error(let failure, let requestID): ("error", ["error": Problem(failure).document(requestID: requestID)])
            }
        var object: JSONObject = ["type": .string(type)]
        object["id"] = id
        for (name, value) in members { object[name] = value }
        return .object(object)
    }
}
