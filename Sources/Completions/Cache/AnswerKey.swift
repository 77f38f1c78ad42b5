public import JSON

/// What an answer depends on. It is compared as a whole, so that two questions with one hash are still two; with the caller in it, so that
/// nobody is answered with what another asked; and with the version of the caller's documents, so that no answer outlives a change of them.
public struct AnswerKey: Hashable, Sendable {
    public let caller: ChatCaller
    /// Grows with every change of the caller's documents.
    public let version: Int64
    /// Model, conversation, parameters, and how context is found.
    public let question: JSONObject

    public init(caller: ChatCaller, version: Int64, question: JSONObject) {
        (self.caller, self.version, self.question) = (caller, version, question)
    }

    /// Bytes, about.
    var cost: Int { JSONValue.object(question).serialized().count + caller.name.utf8.count + caller.generation.utf8.count }
}
