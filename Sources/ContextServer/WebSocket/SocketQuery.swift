import Answers
import Catalog
import Failure
import HTTPTypes
import JSON
import Memory
import NIOCore
import Scheduling
import Tenancy

/// A client's message on `/api/mcp/ws`: `{query, stream?, context?, model?, retrieval?, id?}`.
struct SocketQuery: Sendable {
    /// ID that every message of the answer repeats: a string or a whole number.
    let id: JSONValue?
    /// The call, or the reason why it is invalid, which is reported in order if the query has no ID.
    let call: Result<ChatCall, Failure>
    /// The memory held for the query.
    let memory: MemoryReservation

    private typealias Content = (id: JSONValue?, call: Result<ChatCall, Failure>)

    private static let longestID = 128

    /// Parses a message; its errors are in `call`. Returns when there is memory for the query, or when waiting for memory has timed out.
    init(_ message: ByteBuffer, _ memory: MemoryReservation, of queries: QueryService, in scope: TenantScope) async {
        self.memory = memory
        if let shortage = await Self.makeRoom(for: message, memory) {
            (id, call) = (nil, .failure(shortage))
        } else if message.readableBytes <= HTTPFields.smallBody {
            (id, call) = Self.read(message, queries, scope)
        } else {
            // This does not run on the connection's event loop: parsing takes long, and other connections wait there.
            let executor = queries.workers.executor(for: WorkKey(scope), .long)
            (id, call) = await withTaskExecutorPreference(executor) { await Self.readElsewhere(message, queries, scope) }
        }
    }

    @concurrent private static func readElsewhere(_ message: ByteBuffer, _ queries: QueryService, _ scope: TenantScope) async -> Content {
        read(message, queries, scope)
    }

    private static func read(_ message: ByteBuffer, _ queries: QueryService, _ scope: TenantScope) -> Content {
        var id: JSONValue?
        let call = Result {
            let fields = try JSONFields(queries.parser.value(Array(message.readableBytesView)))
            id = try Self.id(fields)
            _ = try fields.optionalChoice("type", of: ["query"])
            var call = try ChatCall(alias: fields, queries.chat.defaults(in: scope), alsoKnown: ["type", "id", "stream"])
            call.isStream = try fields.optionalBool("stream") ?? false
            return call
        }.mapError { Failure($0) }
        return (id, call)
    }

    /// - Returns: the failure if there is no memory.
    private static func makeRoom(for message: ByteBuffer, _ memory: MemoryReservation) async -> Failure? {
        do {
            // The message, a copy of it to parse, and its values.
            try await memory.grow(
                by: 2 * message.readableBytes + JSONExpansion.estimate(message.readableBytesView) + AnswerResponder.memory)
            return nil
        } catch { return Failure(error) }
    }

    /// The text that identifies an ID: `"1"` is not `1`.
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
