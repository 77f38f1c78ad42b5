public import JSON

/// The key of a cached answer. Keys are compared in full, so that a hash collision never mixes up two questions. A key includes the caller,
/// so that no caller gets another's answer, and the version of the caller's documents, so that no answer outlives a change to them.
public struct AnswerKey: Hashable, Sendable {
    public let caller: ChatCaller
    /// Version of the caller's documents; it grows with every change.
    public let version: Int64
    /// Distinguishes equal versions of documents with different histories.
    public let history: Int64
    /// Model, conversation, parameters, and retrieval settings.
    public let question: JSONObject
    /// Hash of all members, computed once: a conversation is long, and its key is looked up several times.
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

    /// Approximate size in bytes.
    var cost: Int { Self.bytes(.object(question)) + caller.name.utf8.count + caller.incarnation.utf8.count }

    private static func bytes(_ value: JSONValue) -> Int {
        switch value {
        case .string(let text): text.utf8.count + 16
        case .array(let elements): elements.reduce(16) { $0 + bytes($1) }
        case .object(let object): object.reduce(16) { $0 + $1.key.utf8.count + 16 + bytes($1.value) }
        case .bigInteger(let value): value.description.utf8.count + 16
        case .null, .bool, .integer, .number: 16
        }
    }
}
