internal import Citing
internal import JSON
internal import Upstream

/// A decoder of the events of a streamed message, and of a message in one piece.
struct AnthropicEvents: AnswerDecoder {
    /// A content block in progress.
    private enum Block {
        case text
        /// A tool call. `index` is its index in the message; `input` came with the block's start; `isWritten` is set once pieces follow.
        case tool(index: Int, input: JSONObject, isWritten: Bool)
    }

    private(set) var isDone = false
    private var stopReason: String?
    /// Blocks in progress by index, without reasoning and blocks of the provider's own tools.
    private var blocks: [Int: Block] = [:]
    private var toolCount = 0
    /// Markers of the sources; `nil` if nothing was retrieved: then the model's text is passed on unchanged.
    private var markers: PassageMarkers?
    private var count: UsageCount
    private var prompt = AnthropicPrompt()

    init(sources: [CitedSource]?, promptBytes: Int) {
        markers = sources.map { PassageMarkers(numbers: $0.map(\.number)) }
        count = UsageCount(promptBytes: promptBytes)
    }

    var usage: TokenUsage { count.usage }

    mutating func read(_ event: ServerSentEvent) throws(CompletionError) -> ChatDelta? {
        guard let object = try Self.object(of: event, "an event") else { return nil }
        switch object["type"]?.stringValue {
        case "message_start": report(object["message"]?["usage"])
        case "content_block_start": return begin(object["index"]?.intValue ?? 0, object["content_block"] ?? .null)
        case "content_block_delta": return go(object["index"]?.intValue ?? 0, object["delta"] ?? .null)
        case "content_block_stop": return end(object["index"]?.intValue ?? 0)
        case "message_delta":
            stopReason = object["delta"]?["stop_reason"]?.stringValue ?? stopReason
            report(object["usage"])
        case "message_stop": isDone = true
        case "error": throw AnthropicFailure.error(object)
        case nil where event.name == "error" || (object["error"] ?? .null) != .null: throw AnthropicFailure.error(object)
        case nil where event.name == "message": throw CompletionError(.providerInvalid, "an event has no type")
        // `ping`, and unknown events.
        default: break
        }
        return nil
    }

    mutating func readTrailing(_ event: ServerSentEvent) {
        guard let object = try? Self.object(of: event, "an event") else { return }
        report(object["usage"])
    }

    mutating func readWhole(_ body: [UInt8]) throws(CompletionError) -> [ChatDelta] {
        let object = try Self.object(body, "an event")
        guard object["type"] != "error" else { throw AnthropicFailure.error(object) }
        guard object["type"] == "message", let content = object["content"]?.arrayValue else {
            throw CompletionError(.providerInvalid, "the provider's response is not a message")
        }
        var deltas: [ChatDelta] = []
        for (index, block) in content.enumerated() {
            deltas += [begin(index, block), end(index)].compactMap { $0 }
        }
        stopReason = object["stop_reason"]?.stringValue
        report(object["usage"])
        isDone = true
        return deltas
    }

    var finishReason: String? {
        switch stopReason {
        case nil: nil
        case "max_tokens", "model_context_window_exceeded": "length"
        case "tool_use": "tool_calls"
        case "refusal": "content_filter"
        // `end_turn`, `stop_sequence`, `pause_turn`, and unknown reasons.
        default: "stop"
        }
    }

    private mutating func begin(_ index: Int, _ block: JSONValue) -> ChatDelta? {
        blocks[index] = nil
        switch block["type"]?.stringValue {
        case "text":
            blocks[index] = .text
            for citation in block["citations"]?.arrayValue ?? [] { cite(citation) }
            return text(block["text"]?.stringValue ?? "")
        case "tool_use":
            blocks[index] = .tool(index: toolCount, input: block["input"]?.objectValue ?? [:], isWritten: false)
            defer { toolCount += 1 }
            return other([
                "tool_calls": [
                    [
                        "index": .init(toolCount), "id": block["id"] ?? .null, "type": "function",
                        "function": ["name": block["name"] ?? .null, "arguments": ""],
                    ]
                ]
            ])
        case "thinking": return thought(block["thinking"]?.stringValue ?? "")
        default: return nil
        }
    }

    private mutating func go(_ index: Int, _ delta: JSONValue) -> ChatDelta? {
        switch (delta["type"]?.stringValue, blocks[index]) {
        case ("text_delta", _): return text(delta["text"]?.stringValue ?? "")
        case ("thinking_delta", _): return thought(delta["thinking"]?.stringValue ?? "")
        case ("citations_delta", _):
            cite(delta["citation"] ?? .null)
            return nil
        case ("input_json_delta", .tool(let tool, let input, let isWritten)):
            let piece = delta["partial_json"]?.stringValue ?? ""
            blocks[index] = .tool(index: tool, input: input, isWritten: isWritten || !piece.isEmpty)
            return piece.isEmpty ? nil : arguments(piece, of: tool)
        // A signature, or input of a tool that the provider runs itself.
        default: return nil
        }
    }

    private mutating func end(_ index: Int) -> ChatDelta? {
        switch blocks.removeValue(forKey: index) {
        case .text:
            guard let text = markers?.endPassage(), !text.isEmpty else { return nil }
            return ChatDelta(text: text)
        // A call without arguments has no argument pieces, and an empty string is not valid JSON.
        case .tool(let tool, let input, isWritten: false): return arguments(JSONValue.object(input).description, of: tool)
        case .tool, nil: return nil
        }
    }

    private mutating func text(_ text: String) -> ChatDelta? {
        count.add(ChatDelta(text: text))
        let shown = markers?.append(text) ?? text
        return shown.isEmpty ? nil : ChatDelta(text: shown)
    }

    private mutating func cite(_ citation: JSONValue) {
        guard citation["type"] == "search_result_location" else { return }
        markers?.cite(place: citation["search_result_index"]?.intValue)
    }

    private mutating func thought(_ text: String) -> ChatDelta? {
        text.isEmpty ? nil : other(["reasoning_content": .string(text)])
    }

    private mutating func arguments(_ text: String, of tool: Int) -> ChatDelta {
        other(["tool_calls": [["index": .init(tool), "function": ["arguments": .string(text)]]]])
    }

    private mutating func other(_ members: JSONObject) -> ChatDelta {
        let delta = ChatDelta(other: members)
        count.add(delta)
        return delta
    }

    private mutating func report(_ usage: JSONValue?) {
        guard let usage else { return }
        prompt.read(usage)
        count.report(prompt: prompt.tokens, completion: UsageCount.count(usage["output_tokens"]), cachedPrompt: prompt.cached)
    }
}

/// Prompt usage, which this protocol reports in three parts: new tokens, tokens written to the cache, tokens read from it.
private struct AnthropicPrompt {
    private(set) var cached: Int?
    private var new: Int?
    private var written: Int?

    /// Total prompt tokens; `nil` until the provider reports them.
    var tokens: Int? { new.map { $0 + (written ?? 0) + (cached ?? 0) } }

    mutating func read(_ usage: JSONValue) {
        new = UsageCount.count(usage["input_tokens"]) ?? new
        written = UsageCount.count(usage["cache_creation_input_tokens"]) ?? written
        cached = UsageCount.count(usage["cache_read_input_tokens"]) ?? cached
    }
}
