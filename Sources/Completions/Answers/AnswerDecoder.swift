internal import JSON
internal import Upstream

/// A decoder of one provider protocol, from its events to additions to the message. A value type; it handles no bytes, time or connections.
protocol AnswerDecoder: Sendable {
    /// Whether the protocol's last event was read; later events are ignored.
    var isDone: Bool { get }
    /// Finish reason in OpenAI's terms; `nil` before the provider sends one.
    var finishReason: String? { get }
    /// Usage of the answer so far.
    var usage: TokenUsage { get }

    /// - Returns: the addition to the message; `nil` if the event adds nothing.
    /// - Throws: `.providerInvalid` for an event that violates the protocol; the error that the provider reports in its stream.
    mutating func read(_ event: ServerSentEvent) throws(CompletionError) -> ChatDelta?

    /// Reads an event after the protocol's last one: only usage counts.
    mutating func readTrailing(_ event: ServerSentEvent)

    /// Reads an answer sent in one piece, although a stream was requested.
    mutating func readWhole(_ body: [UInt8]) throws(CompletionError) -> [ChatDelta]
}

extension AnswerDecoder {
    /// Returns the end of the answer.
    ///
    /// - Throws: `.providerInterrupted` if the stream stopped before the end of the answer.
    func end() throws(CompletionError) -> ChatEnd {
        guard isDone || finishReason != nil else {
            throw CompletionError(.providerInterrupted, "the provider's stream ended before the answer was complete")
        }
        return ChatEnd(finishReason: finishReason ?? "stop", usage: usage)
    }

    /// - Parameter name: what the protocol calls the object, for the error's detail.
    static func object(_ bytes: [UInt8], _ name: String) throws(CompletionError) -> JSONObject {
        guard let object = (try? JSONValue(parsingLeniently: bytes))?.objectValue else {
            throw CompletionError(.providerInvalid, "\(name) of \(bytes.count) bytes is not a JSON object")
        }
        return object
    }

    /// Returns the object of an event; `nil` for a heartbeat, which providers and proxies send to keep a slow stream open: no data, `null`,
    /// `{}`, or any data that is no object in an event with a name of its own, such as `ping`.
    ///
    /// - Parameter name: what the protocol calls the object, for the error's detail.
    static func object(of event: ServerSentEvent, _ name: String) throws(CompletionError) -> JSONObject? {
        let bytes = Array(event.data.utf8)
        guard !bytes.allSatisfy({ $0 == 0x20 || (0x09...0x0D).contains($0) }) else { return nil }
        let value = try? JSONValue(parsingLeniently: bytes)
        if value?.isNull == true { return nil }
        guard let object = value?.objectValue else {
            if event.name != "message" && event.name != "error" { return nil }
            throw CompletionError(.providerInvalid, "\(name) of \(bytes.count) bytes is not a JSON object")
        }
        return object.isEmpty ? nil : object
    }
}
