public import JSON

/// What an answer depends on. It is compared as a whole, so that two questions with one hash are still two; with the caller in it, so that
/// nobody is answered with what another asked; and with the version of the caller's documents, so that no answer outlives a change of them.
public struct AnswerKey: Hashable, Sendable {
    public let caller: ChatCaller
    /// Grows with every change of the caller's documents.
    public let version: Int64
    /// Tells apart equal versions of documents whose histories differ.
    public let history: Int64
    /// Model, conversation, parameters, and how context is found.
    public let question: JSONObject
    /// Of all of it: a conversation is long, and is looked up several times.
    private let hash: Int

    public init(caller: ChatCaller, version: Int64, history: Int64 = 0, question: JSONObject) {
        (self.caller, self.version, self.history, self.question) = (caller, version, history, question)
        var hasher = Hasher()
        hasher.combine(caller)
        hasher.combine(version)
        hasher.combine(history)
        hasher.combine(question)
        hash = hasher.finalize()
    }

    public static func == (a: AnswerKey, b: AnswerKey) -> Bool {
        a.hash == b.hash && a.version == b.version && a.history == b.history && a.caller == b.caller && a.question == b.question
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(hash) }

    /// Bytes, about.
    var cost: Int { Self.bytes(.object(question)) + caller.name.utf8.count + caller.generation.utf8.count }

    private static func bytes(_ value: JSONValue) -> Int {
        switch value {
        case .string(let text): text.utf8.count + 16
        case .array(let elements): elements.reduce(16) { $0 + bytes($1) }
        case .object(let object): object.reduce(16) { $0 + $1.key.utf8.count + 16 + bytes($1.value) }
        case .null, .bool, .integer, .number: 16
        }
    }
}
