import Completions
import JSON
import NIOCore

/// How an answer looks on the wire: whole, and as server-sent events.
protocol AnswerShape: Sendable {
    /// Before the first step.
    func opening() -> [ServerEvent]
    func text(_ text: String) -> ServerEvent
    /// - Returns: `nil` where the shape has no place for them.
    func other(_ members: JSONObject) -> ServerEvent?
    /// - Parameter message: all of the answer.
    func end(_ message: ChatMessage, _ outcome: ChatTurn.Outcome) -> [ServerEvent]
    /// In place of the end: the status has gone out already.
    func failure(_ problem: Problem) -> ServerEvent
    func whole(_ message: ChatMessage, _ outcome: ChatTurn.Outcome) -> JSONValue
}

/// A server-sent event.
struct ServerEvent: Sendable {
    let name: String?
    let data: String

    init(_ name: String, _ value: JSONValue) { (self.name, data) = (name, value.description) }

    init(_ value: JSONValue) { (name, data) = (nil, value.description) }

    init(data: String) { (name, self.data) = (nil, data) }

}

extension ByteBuffer {
    /// The events as they go over the wire.
    init(events: [ServerEvent]) {
        self.init()
        reserveCapacity(events.reduce(0) { $0 + $1.data.utf8.count + 32 })
        for event in events {
            if let name = event.name { writeString("event: \(name)\n") }
            writeStaticString("data: ")
            writeString(event.data)
            writeStaticString("\n\n")
        }
    }
}
