internal import JSON
internal import Upstream

/// A decoder of the chunks of a streamed completion, and of a completion in one piece; for chat and text completions.
struct OpenAIChunks: AnswerDecoder {
    private(set) var finishReason: String?
    /// Whether `data: [DONE]` was read, or a completion in one piece.
    private(set) var isDone = false
    private var count: UsageCount

    init(promptBytes: Int) { count = UsageCount(promptBytes: promptBytes) }

    var usage: TokenUsage { count.usage }

    /// - Throws: `.providerInvalid` for data that is not a chunk; `.providerUnavailable` for an error in the middle of the stream.
    mutating func read(_ event: ServerSentEvent) throws(CompletionError) -> ChatDelta? {
        let trimmed = event.data.drop { $0 == " " }
        if trimmed.hasPrefix("[DONE]") {
            isDone = true
            return nil
        }
        guard let object = try Self.object(of: event, "a chunk") else { return nil }
        guard event.name != "error" && object["object"] != "error" else { throw Self.reported }
        return try read(object, message: "delta")
    }

    mutating func readTrailing(_ event: ServerSentEvent) {
        if let object = try? Self.object(of: event, "a chunk") { report(object) }
    }

    mutating func readWhole(_ body: [UInt8]) throws(CompletionError) -> [ChatDelta] {
        let object = try Self.object(body, "a chunk")
        let delta = try read(object, message: "message")
        guard object["choices"]?[0] != nil else { throw CompletionError(.providerInvalid, "a completion has no choice") }
        isDone = true
        return [delta].compactMap { $0 }
    }

    private mutating func read(_ object: JSONObject, message name: String) throws(CompletionError) -> ChatDelta? {
        if let error = object["error"], error != .null { throw Self.reported }
        // Usage comes in the last chunk without choices, in one with choices, or in every chunk. The last report counts; it includes its
        // own chunk.
        defer { report(object) }
        // A chunk without choices carries usage, or only keeps the stream open.
        guard let listed = object["choices"], listed != .null else { return nil }
        guard let choices = listed.arrayValue else { throw CompletionError(.providerInvalid, "a chunk's choices are not an array") }
        guard let choice = choices.first else { return nil }
        if let reason = choice["finish_reason"]?.stringValue, !reason.isEmpty { finishReason = reason }
        // A text completion has its text in the choice itself.
        if let text = choice["text"]?.stringValue { return delta(["content": .string(text)]) }
        return delta(choice[name]?.objectValue ?? [:])
    }

    private mutating func delta(_ message: JSONObject) -> ChatDelta? {
        var delta = ChatDelta()
        for (key, value) in message where value != .null {
            switch key {
            case "role": break
            case "content": delta.text = Self.text(value)
            // Citations are created by this server, from verified sources.
            case "annotations", "citations": break
            default: if !Self.isEmpty(value) { delta.other[key] = value }
            }
        }
        count.add(delta)
        return delta.text.isEmpty && delta.other.isEmpty ? nil : delta
    }

    /// Returns the content as text: usually a string; some servers send parts.
    private static func text(_ value: JSONValue) -> String {
        value.stringValue ?? (value.arrayValue ?? []).compactMap { $0["text"]?.stringValue }.joined()
    }

    private static func isEmpty(_ value: JSONValue) -> Bool { value == "" || value == [] }

    private static var reported: CompletionError {
        CompletionError(.providerUnavailable, "the provider reported an error in its response")
    }

    private mutating func report(_ chunk: JSONObject) {
        guard let usage = chunk["usage"]?.objectValue ?? chunk["x_groq"]?["usage"]?.objectValue else { return }
        count.report(
            prompt: UsageCount.count(usage["prompt_tokens"]), completion: UsageCount.count(usage["completion_tokens"]),
            cachedPrompt: UsageCount.count(usage["prompt_tokens_details"]?["cached_tokens"]),
            reasoning: UsageCount.count(usage["completion_tokens_details"]?["reasoning_tokens"]))
    }
}
