internal import Upstream

/// A decoder of one provider protocol, from its events to additions to the message. A value type; it handles no bytes, time or connections.
protocol AnswerDecoder: Sendable {
    /// Whether the protocol's last event was read; later events are ignored.
    var isDone: Bool { get }
    /// Usage of the answer so far.
    var usage: TokenUsage { get }

    /// - Returns: the addition to the message; `nil` if the event adds nothing.
    /// - Throws: `.providerInvalid` for an event that violates the protocol; the error that the provider reports in its stream.
    mutating func read(_ event: ServerSentEvent) throws(CompletionError) -> ChatDelta?

    /// Reads an answer sent in one piece, although a stream was requested.
    mutating func readWhole(_ body: [UInt8]) throws(CompletionError) -> [ChatDelta]

    /// Returns the end of the answer.
    ///
    /// - Throws: `.providerInterrupted` if the stream stopped before the end of the answer.
    func end() throws(CompletionError) -> ChatEnd
}
