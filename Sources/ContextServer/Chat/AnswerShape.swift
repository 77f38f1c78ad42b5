import Completions
import JSON
import NIOCore

/// The wire format of an answer: as one document, and as server-sent events.
protocol AnswerShape: Sendable {
    /// Returns the events before the first step.
    func opening() -> [ServerEvent]
    func text(_ text: String) -> ServerEvent
    /// - Returns: `nil` if the format has no place for such members.
    func other(_ members: JSONObject) -> ServerEvent?
    /// - Parameter message: the complete answer.
    func end(_ message: ChatMessage, _ outcome: ChatTurn.Outcome) -> [ServerEvent]
    /// Returns the event that replaces the end when the answer fails: the status has been sent already.
    func failure(_ problem: Problem) -> ServerEvent
    func whole(_ message: ChatMessage, _ outcome: ChatTurn.Outcome) -> JSONValue
}

/// A server-sent event.
struct ServerEvent: Sendable {
    let name: String?
    let data: String

    init(_ value: JSONValue, name: String? = nil) { (self.name, data) = (name, value.description) }

    init(data: String) { (name, self.data) = (nil, data) }
}

extension ByteBuffer {
    /// Creates a buffer with the events in the `text/event-stream` format.
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
