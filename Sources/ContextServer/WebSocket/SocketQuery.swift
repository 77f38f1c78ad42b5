import Completions
import JSON
import NIOCore
import Tenancy

/// A client's message on `/api/mcp/ws`: `{query, stream?, context?, model?, retrieval?, id?}`.
struct SocketQuery: Sendable {
    /// Comes back with every message of the answer: a string or a whole number.
    let id: JSONValue?
    /// What is asked, or why it cannot be: told in its turn, where it has no id.
    let call: Result<ChatCall, Problem>
    /// The message's share of the memory for bodies, for as long as the query lasts.
    let body: BodyReservation

    private static let longestID = 128

    init(_ message: ByteBuffer, _ body: BodyReservation, of service: ChatService, in scope: TenantScope) {
        self.body = body
        var id: JSONValue?
        call = Result {
            try body.take(message.readableBytes)
            let fields = try JSONFields(JSONValue(parsing: Array(message.readableBytesView)))
            id = try Self.id(fields)
            _ = try fields.optionalChoice("type", of: ["query"])
            var call = try ChatCall(alias: fields, of: service, in: scope, alsoKnown: ["type", "id", "stream"])
            call.isStream = try fields.optionalBool("stream") ?? false
            return call
        }.mapError { Problem($0) }
        self.id = id
    }

    /// By which ids are told apart: `"1"` is not `1`.
    var name: String? { id?.description }

    private static func id(_ fields: JSONFields) throws(JSONFieldError) -> JSONValue? {
        switch fields.value("id") {
        case nil: return nil
        case .string(let text)? where text.utf8.count <= longestID: return .string(text)
        case let value? where value.intValue != nil: return value
        case .some: throw JSONFieldError(path: "id", reason: "must be a string of at most \(longestID) bytes or a whole number")
        }
    }
}
