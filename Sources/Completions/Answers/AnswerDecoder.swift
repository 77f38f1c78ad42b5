internal import Upstream

/// Reads one provider protocol: its events in, what they add to the message out. A value; bytes, time and connections are others'
/// matter.
protocol AnswerDecoder: Sendable {
    /// The protocol's last event was there: what comes behind it is not looked at.
    var isDone: Bool { get }
    /// What the answer has cost up to now.
    var usage: TokenUsage { get }

    /// - Returns: `nil` where the event adds nothing to the message.
    /// - Throws: `.providerInvalid` for what the protocol does not know; what the provider reports instead of going on.
    mutating func read(_ event: ServerSentEvent) throws(CompletionError) -> ChatDelta?

    /// An answer in one piece, although a stream was asked for.
    mutating func readWhole(_ body: [UInt8]) throws(CompletionError) -> [ChatDelta]

    /// How the answer ended.
    ///
    /// - Throws: `.providerInterrupted` where it did not end: the stream stopped without a word.
    func end() throws(CompletionError) -> ChatEnd
}
