import Citing
import Completions
import JSON
import ScriptedUpstream
import TestSupport
import Testing
import Upstream

/// How answers of a provider with Anthropic's protocol are translated.
@Suite(.timeLimit(.minutes(10))) struct AnthropicAnswerTests {
    static let sources = (1...3).map { CitedSource(number: $0, document: "d\($0)", span: 0..<4, text: "Text") }

    private func ask(sources: [CitedSource]? = nil, _ steps: [ScriptedUpstream.Step]) async throws -> Outcome {
        var request = Provider.request
        request.sources = sources
        return try await ScriptedUpstream.serve({ _ in steps }) { [request] server in
            let transport = UpstreamTransport()
            let outcome = await Provider.read(try Provider.make(.anthropic, server, transport), request)
            await transport.shutDown()
            return outcome
        }
    }

    private static func stream(_ events: [JSONValue]) -> [ScriptedUpstream.Step] {
        .answer(200, Array(events.map(ScriptedProtocol.anthropic.event).joined().utf8), type: "text/event-stream")
    }

    private static func start(_ usage: JSONValue = ["input_tokens": 11, "output_tokens": 1]) -> JSONValue {
        ["type": "message_start", "message": ["type": "message", "content": [], "usage": usage]]
    }

    private static func block(_ index: Int, _ block: JSONValue, _ deltas: [JSONValue]) -> [JSONValue] {
        [["type": "content_block_start", "index": .init(index), "content_block": block]]
            + deltas.map { ["type": "content_block_delta", "index": .init(index), "delta": $0] }
            + [["type": "content_block_stop", "index": .init(index)]]
    }

    /// A text block with its citations.
    private static func text(_ index: Int, _ texts: [String], cites places: [JSONValue] = []) -> [JSONValue] {
        let deltas: [JSONValue] = texts.map { ["type": "text_delta", "text": .string($0)] }
        return block(index, ["type": "text", "text": ""], deltas + places.map(citation))
    }

    private static func citation(_ place: JSONValue) -> JSONValue {
        ["type": "citations_delta", "citation": location(place)]
    }

    private static func location(_ place: JSONValue) -> JSONValue {
        [
            "type": "search_result_location", "search_result_index": place, "cited_text": "Text", "start_block_index": 0,
            "end_block_index": 1,
        ]
    }

    private static func end(_ reason: JSONValue = "end_turn", _ usage: JSONValue = ["output_tokens": 7]) -> [JSONValue] {
        [["type": "message_delta", "delta": ["stop_reason": reason], "usage": usage], ["type": "message_stop"]]
    }

    @Test func textThoughtsAndToolsInTheOrderTheyCome() async throws {
        let outcome = try await ask(
            Self.stream(
                [Self.start(), ["type": "ping"], ["type": "something_new", "index": "x"]]
                    + Self.block(
                        0, ["type": "thinking", "thinking": ""],
                        [["type": "thinking_delta", "thinking": "Hm."], ["type": "signature_delta", "signature": "s"]])
                    + Self.block(1, ["type": "redacted_thinking", "data": "x"], []) + Self.text(2, ["They ", "do."])
                    + Self.block(
                        3, ["type": "tool_use", "id": "t1", "name": "f", "input": [:]],
                        [
                            ["type": "input_json_delta", "partial_json": ""], ["type": "input_json_delta", "partial_json": "{\"a\":"],
                            ["type": "input_json_delta", "partial_json": "1}"],
                        ])
                    + Self.block(
                        4, ["type": "server_tool_use", "id": "s", "name": "web_search"],
                        [["type": "input_json_delta", "partial_json": "{}"]])
                    + Self.block(5, ["type": "tool_use", "id": "t2", "name": "g", "input": [:]], []) + Self.end("tool_use")))
        #expect(outcome.text == "They do." && outcome.error == nil)
        #expect(outcome.end == ChatEnd(finishReason: "tool_calls", usage: TokenUsage(prompt: 11, completion: 7)))
        var message = ChatMessage()
        for members in outcome.other { message.add(members) }
        #expect(message.json["reasoning_content"] == "Hm.")
        #expect(
            message.json["tool_calls"] == [
                ["id": "t1", "type": "function", "function": ["name": "f", "arguments": "{\"a\":1}"]],
                ["id": "t2", "type": "function", "function": ["name": "g", "arguments": "{}"]],
            ])
    }

    @Test func aMessageInOnePieceIsTheSame() async throws {
        let whole: JSONValue = [
            "type": "message", "role": "assistant", "stop_reason": "tool_use",
            "content": [
                ["type": "thinking", "thinking": "Hm."], ["type": "text", "text": "They do. ", "citations": [Self.location(1)]],
                ["type": "text", "text": "Well.", "citations": .null],
                ["type": "tool_use", "id": "t1", "name": "f", "input": ["a": 1]],
            ],
            "usage": ["input_tokens": 11, "output_tokens": 7, "cache_read_input_tokens": 2],
        ]
        let outcome = try await ask(sources: Self.sources, .json(whole))
        #expect(outcome.text == "They do. [2] Well." && outcome.error == nil)
        #expect(outcome.end == ChatEnd(finishReason: "tool_calls", usage: TokenUsage(prompt: 13, completion: 7, cachedPrompt: 2)))
        var message = ChatMessage()
        for members in outcome.other { message.add(members) }
        #expect(message.json["tool_calls"]?[0]?["function"]?["arguments"] == "{\"a\":1}" && message.json["reasoning_content"] == "Hm.")
        let error: JSONValue = ["type": "error", "error": ["type": "overloaded_error", "message": "x"]]
        #expect(try await ask(.json(error)).error?.code == .providerBusy)
    }

    static let reasons: [(JSONValue, String)] = [
        ("end_turn", "stop"), ("max_tokens", "length"), ("stop_sequence", "stop"), ("tool_use", "tool_calls"),
        ("refusal", "content_filter"), ("pause_turn", "stop"), ("model_context_window_exceeded", "length"), ("new", "stop"),
        (.null, "stop"),
    ]

    @Test func reasonsToStop() async throws {
        for (reason, expected) in Self.reasons {
            let outcome = try await ask(Self.stream([Self.start()] + Self.text(0, ["x"]) + Self.end(reason)))
            #expect(outcome.end?.finishReason == expected, "\(reason)")
        }
        let unsaid = try await ask(Self.stream([Self.start()] + Self.text(0, ["x"])))
        #expect(unsaid.error?.code == .providerInterrupted && unsaid.end == nil)
        let withoutStop = try await ask(Self.stream([Self.start()] + Self.text(0, ["x"]) + Self.end().prefix(1)))
        #expect(withoutStop.error == nil && withoutStop.end?.usage.completion == 7)
    }

    /// "Do bees fly?" has 12 bytes, "They do." 8.
    static let usages: [(name: String, start: JSONValue, end: JSONValue, expected: TokenUsage)] = [
        ("plain", ["input_tokens": 11, "output_tokens": 1], ["output_tokens": 7], TokenUsage(prompt: 11, completion: 7)),
        (
            "cached", ["input_tokens": 1, "cache_creation_input_tokens": 10, "cache_read_input_tokens": 100, "output_tokens": 1],
            ["output_tokens": 7], TokenUsage(prompt: 111, completion: 7, cachedPrompt: 100)
        ),
        (
            "corrected at the end", ["input_tokens": 1, "output_tokens": 1],
            ["input_tokens": 20, "cache_read_input_tokens": 5, "output_tokens": 7], TokenUsage(prompt: 25, completion: 7, cachedPrompt: 5)
        ),
        ("at the end only", .null, ["input_tokens": 11, "output_tokens": 7], TokenUsage(prompt: 11, completion: 7)),
        (
            "at the start only", ["input_tokens": 11, "output_tokens": 1], .null,
            TokenUsage(prompt: 11, completion: 3, isEstimated: true)
        ),
        ("nowhere", .null, .null, TokenUsage(prompt: 3, completion: 2, isEstimated: true)),
        (
            "negative", ["input_tokens": -11, "output_tokens": -1], ["output_tokens": -7],
            TokenUsage(prompt: 3, completion: 2, isEstimated: true)
        ),
        (
            "huge", ["input_tokens": 0x1p63, "output_tokens": 1], ["output_tokens": .integer(.max)],
            TokenUsage(prompt: 3, completion: 3, isEstimated: true)
        ),
        (
            "all that fits", ["input_tokens": 0x1p40, "cache_creation_input_tokens": 0x1p40, "cache_read_input_tokens": 0x1p40],
            ["output_tokens": 0x1p40], TokenUsage(prompt: 3 << 40, completion: 1 << 40, cachedPrompt: 1 << 40)
        ),
        ("of another kind", ["input_tokens": "11"], [7], TokenUsage(prompt: 3, completion: 2, isEstimated: true)),
    ]

    @Test func usageIsTakenFromWhereverItIs() async throws {
        for (name, start, end, expected) in Self.usages {
            let outcome = try await ask(Self.stream([Self.start(start)] + Self.text(0, ["They ", "do."]) + Self.end("end_turn", end)))
            #expect(outcome.end?.usage == expected, "\(name): \(outcome)")
        }
    }

    static let errors: [(type: String, code: CompletionError.Code)] = [
        ("overloaded_error", .providerBusy), ("rate_limit_error", .providerBusy), ("api_error", .providerUnavailable),
        ("timeout_error", .providerTimeout), ("invalid_request_error", .providerRejected), ("request_too_large", .providerRejected),
        ("authentication_error", .providerUnavailable), ("new_error", .providerUnavailable),
    ]

    @Test func errorsInTheMiddle() async throws {
        for (type, code) in Self.errors {
            let error: JSONValue = ["type": "error", "error": ["type": .string(type), "message": "because"]]
            let outcome = try await ask(Self.stream([Self.start()] + Self.text(0, ["They"]) + [error]))
            #expect(outcome.error?.code == code && outcome.text == "They", "\(type): \(outcome)")
            #expect(outcome.error?.partialUsage == TokenUsage(prompt: 11, completion: 2, isEstimated: true))
            #expect(outcome.error?.providerMessage == (code == .providerRejected ? "because" : nil))
        }
    }

    static let cited: [(name: String, blocks: [JSONValue], text: String)] = [
        (
            "behind the passage", text(0, ["As said, "]) + text(1, ["bees", " fly"], cites: [0]) + text(2, [", and sing."]),
            "As said, bees fly [1], and sing."
        ),
        ("each source once", text(0, ["Bees fly."], cites: [1, 1, 0, 1]), "Bees fly. [2][1]"),
        ("before the white space", text(0, ["Bees fly. ", "\n", "\n"], cites: [2]) + text(1, ["So."]), "Bees fly. [3] \n\nSo."),
        ("no source is there", text(0, ["Bees."], cites: [3, -1, 0x1p63, "0", .null]) + text(1, [" So."]), "Bees. So."),
        ("its own numbers mean nothing", text(0, ["Bees [2] fly [1][9]."], cites: [0]), "Bees fly. [1]"),
        ("its own, cut", text(0, ["Bees [", "2", "] fly ["], cites: [0]) + text(1, ["1] so [x]"]), "Bees fly [ [1]1] so [x]"),
        (
            "nothing between", text(0, ["Bees."], cites: [0]) + text(1, [""], cites: [0]) + text(2, [" So."], cites: [0]),
            "Bees. [1] So. [1]"
        ),
        (
            "citations before the text",
            block(0, ["type": "text", "text": "", "citations": []], [citation(1), ["type": "text_delta", "text": "Bees."]]), "Bees. [2]"
        ),
        (
            "of another kind",
            block(
                0, ["type": "text", "text": ""],
                [
                    ["type": "text_delta", "text": "Bees."],
                    ["type": "citations_delta", "citation": ["type": "char_location", "document_index": 0]],
                ]), "Bees."
        ),
    ]

    @Test func citationsBecomeMarkers() async throws {
        for (name, blocks, text) in Self.cited {
            let outcome = try await ask(sources: Self.sources, Self.stream([Self.start()] + blocks + Self.end()))
            #expect(outcome.text == text && outcome.error == nil, "\(name): \(outcome)")
            // A parser of markers finds the citations that were meant.
            var markers = CitationMarkers(known: [1, 2, 3])
            #expect(markers.append(text) + markers.finish() == text, "\(name)")
        }
    }

    /// The result does not depend on how the provider splits its text.
    @Test func cutsDoNotMatter() async throws {
        let passage = "Bees fly [1], `a[2]` and [x] sing. \n\n Well,  done [12].\n"
        var texts: Set<String> = []
        for seed in 1...20 as ClosedRange<UInt64> {
            var random = SplitMix64(seed: seed)
            var pieces: [String] = []
            for character in passage {
                if pieces.isEmpty || Int.random(in: 0..<3, using: &random) == 0 { pieces.append("") }
                pieces[pieces.count - 1].append(character)
            }
            let outcome = try await ask(
                sources: Self.sources, Self.stream([Self.start()] + Self.text(0, pieces, cites: [1]) + Self.end()))
            texts.insert(outcome.text)
        }
        #expect(texts == ["Bees fly, `a[2]` and [x] sing. \n\n Well,  done. [2]\n"])
    }

    @Test func withoutSourcesTheTextIsTheModelsOwn() async throws {
        let outcome = try await ask(Self.stream([Self.start()] + Self.text(0, ["As in [1]. \n"], cites: [0]) + Self.end()))
        #expect(outcome.text == "As in [1]. \n")
    }
}
