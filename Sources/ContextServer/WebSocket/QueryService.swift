import Answers
import Completions
import Failure
import JSON
import Logging
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

    /// - Parameters:
    ///   - memory: the reservation that the answer is charged to as it grows.
    ///   - send: sends each part of the answer, after the client has taken the one before.
    /// - Throws: `KeyRefused`; what `send` throws; the errors of the answer.
    func answer(_ call: ChatCall, for key: APIKey, _ memory: MemoryReservation, _ send: (SocketMessage) async throws -> Void) async throws {
        guard let caller = try await authenticator.caller(for: key) else { throw KeyRefused() }
        try caller.require(.read)
        let places = (try admission.permit(), try shares.permit(caller.scope.tenant))
        defer { withExtendedLifetime(places) {} }
        let turn = try await chat.answer(call, for: caller)
        let shape = AliasShape(model: turn.model, requestID: "")
        var message = ChatMessage()
        while let steps = try await turn.next() {
            for step in steps {
                switch step {
                case .text(let text):
                    message.add(text)
                    memory.charge(AnswerResponder.copies * text.utf8.count)
                    if call.isStream { try await send(.token(text)) }
                case .other(let members): message.add(members)
                case .end(let outcome): return try await send(.answer(shape.whole(message, outcome)))
                }
            }
        }
        throw CompletionError(.providerInterrupted, "the answer ended without its final event")
    }
}

/// A message of the server on `/api/mcp/ws`.
enum SocketMessage: Sendable {
    case token(String)
    case answer(JSONValue)
    case error(Failure, requestID: String)

    func json(id: JSONValue?) -> JSONValue {
        var object: JSONObject
        switch self {
        case .token: object = ["type": "token"]
        case .answer: object = ["type": "answer"]
        case .error: object = ["type": "error"]
        }
        object["id"] = id
        switch self {
        case .token(let text): object["content"] = .string(text)
        case .answer(let answer): for (name, value) in answer.objectValue ?? [:] { object[name] = value }
        case .error(let failure, let requestID): object["error"] = Problem(failure).document(requestID: requestID)
        }
        return .object(object)
    }
}
