internal import JSON

/// Reads the chunks of a streamed completion, and a completion that came whole; of a conversation or of a prompt. A value; bytes and time are others' matter.
struct OpenAIChunks {
    private(set) var finishReason: String?
    /// `data: [DONE]` was there.
    private(set) var isDone = false
    private var usage: TokenUsage?
    private var completionBytes = 0
    private let promptBytes: Int

    init(promptBytes: Int) { self.promptBytes = promptBytes }

    /// - Returns: `nil` where the chunk adds nothing to the message.
    /// - Throws: `.providerInvalid` for what is no chunk; `.providerUnavailable` for an error in the middle of the stream.
    mutating func read(_ data: String) throws(CompletionError) -> ChatDelta? {
        let trimmed = data.drop { $0 == " " }
        if trimmed.hasPrefix("[DONE]") {
            isDone = true
            return nil
        }
        return try read(Self.object(Array(data.utf8)), message: "delta")
    }

    /// A completion that is no stream.
    mutating func readWhole(_ body: [UInt8]) throws(CompletionError) -> ChatDelta? {
        defer { isDone = true }
        return try read(Self.object(body), message: "message")
    }

    /// How the answer ended.
    ///
    /// - Throws: `.providerInterrupted` where it did not end: the stream stopped without a word.
    func end() throws(CompletionError) -> ChatEnd {
        guard isDone || finishReason != nil else {
            throw CompletionError(.providerInterrupted, "the provider's stream ended in the middle of its answer")
        }
        let estimate = TokenUsage.estimate(promptBytes: promptBytes, completionBytes: completionBytes)
        return ChatEnd(finishReason: finishReason ?? "stop", usage: usage ?? estimate)
    }

    private mutating func read(_ object: JSONObject, message name: String) throws(CompletionError) -> ChatDelta? {
        if let error = object["error"], error != .null {
            throw CompletionError(
                .providerUnavailable, "the provider reports an error in its answer", providerMessage: nil)
        }
        // In the last chunk without choices, in one with choices, or in every chunk: the last one counts.
        if let usage = Self.usage(object["usage"]) ?? Self.usage(object["x_groq"]?["usage"]) { self.usage = usage }
        guard let choices = object["choices"]?.arrayValue else {
            guard object["usage"] != nil else { throw CompletionError(.providerInvalid, "a chunk has neither choices nor usage") }
            return nil
        }
        guard let choice = choices.first else { return nil }
        if let reason = choice["finish_reason"]?.stringValue { finishReason = reason }
        // A completion of a prompt has its text in the choice itself.
        if let text = choice["text"]?.stringValue { return delta(["content": .string(text)]) }
        return delta(choice[name]?.objectValue ?? [:])
    }

    private mutating func delta(_ message: JSONObject) -> ChatDelta? {
        var delta = ChatDelta()
        for (key, value) in message where value != .null {
            switch key {
            case "role": break
            case "content": delta.text = Self.text(value)
            // Ours is made here, from sources that are checked.
            case "annotations", "citations": break
            default: if !Self.isEmpty(value) { delta.other[key] = value }
            }
        }
        completionBytes += delta.text.utf8.count + (delta.other.isEmpty ? 0 : delta.other.serialized().count)
        return delta.text.isEmpty && delta.other.isEmpty ? nil : delta
    }

    /// Content is a string; a few servers send parts.
    private static func text(_ value: JSONValue) -> String {
        value.stringValue ?? (value.arrayValue ?? []).compactMap { $0["text"]?.stringValue }.joined()
    }

    private static func isEmpty(_ value: JSONValue) -> Bool { value == "" || value == [] }

    private static func object(_ bytes: [UInt8]) throws(CompletionError) -> JSONObject {
        guard let object = (try? JSONValue(parsing: bytes))?.objectValue else {
            throw CompletionError(.providerInvalid, "a chunk of \(bytes.count) bytes is no JSON object")
        }
        return object
    }

    private static func usage(_ value: JSONValue?) -> TokenUsage? {
        guard let prompt = count(value?["prompt_tokens"]) else { return nil }
        // Some leave the completion's out of chunks that come before it began.
        let completion = count(value?["completion_tokens"]) ?? 0
        return TokenUsage(
            prompt: prompt, completion: completion, cachedPrompt: count(value?["prompt_tokens_details"]?["cached_tokens"]),
            reasoning: count(value?["completion_tokens_details"]?["reasoning_tokens"]))
    }

    private static func count(_ value: JSONValue?) -> Int? { value?.intValue.flatMap { $0 >= 0 ? $0 : nil } }
}
