import Completions
import JSON
import ScriptedUpstream
import TestSupport
import Testing
import Upstream

/// Heartbeats in providers' streams, usage where it is not expected, and answers that are not strict JSON.
@Suite(.timeLimit(.minutes(10))) struct ProviderOddityTests {
    private static let done = "[DONE]"

    private static func event(_ data: String) -> String { "data: \(data)\n\n" }

    private static func chunk(_ delta: String = "{}", _ more: String = "", finish: String = "null") -> String {
        event("{\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":\(delta),\"finish_reason\":\(finish)\(more)}]}")
    }

    private static func content(_ json: String, _ more: String = "") -> String { chunk("{\"content\":\"\(json)\"}", more) }

    private static let usage = event(#"{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}}"#)
    private static let hello = content("Hello ")
    private static let world = content("world.")
    private static let finish = chunk(finish: "\"stop\"")
    private static let tail = finish + usage + event(done)

    private static func stream(
        _ first: String = hello, before: String = "", between: String = "", _ second: String = world, tail: String = tail
    ) -> String { before + first + between + second + tail }

    /// Streams, with the text to read from them.
    static let streams: [(name: String, body: String, text: String)] = [
        ("bare data", stream(between: "data:\n\n"), "Hello world."),
        ("data of spaces", stream(before: "data: \n\n", between: "data:   \n\n"), "Hello world."),
        ("a named ping", stream(before: "event: ping\ndata: {}\n\n"), "Hello world."),
        ("a ping of text", stream(between: "event: ping\ndata: ping\n\n"), "Hello world."),
        ("an empty object", stream(between: "data: {}\n\n"), "Hello world."), ("null", stream(between: "data: null\n\n"), "Hello world."),
        ("a keepalive", stream(between: "event: keepalive\ndata: {\"type\":\"keepalive\"}\n\n"), "Hello world."),
        ("choices null", stream(between: event(#"{"id":"c1","choices":null}"#)), "Hello world."),
        ("no choices", stream(between: event(#"{"id":"c1","object":"chat.completion.chunk"}"#)), "Hello world."),
        ("a null choice", stream(between: event(#"{"choices":[null]}"#)), "Hello world."),
        ("delta null", stream(between: chunk("null")), "Hello world."),
        ("no delta", stream(between: event(#"{"choices":[{"index":0,"finish_reason":null}]}"#)), "Hello world."),
        ("a finish with delta null", stream(tail: chunk("null", finish: "\"stop\"") + usage + event(done)), "Hello world."),
        ("an empty reason at first", stream(between: chunk(finish: "\"\"")), "Hello world."),
        ("usage after the end", stream(tail: finish + event(done) + usage), "Hello world."),
        (
            "usage null, then after the end",
            stream(tail: finish + event(#"{"choices":[],"usage":null}"#) + event(done) + ": wait\n\n" + usage), "Hello world."
        ),
        ("comments", stream(between: ": keep-alive\n\n:\n\n"), "Hello world."),
        ("error null", stream(between: event(#"{"choices":[],"error":null}"#)), "Hello world."),
        (
            "a surrogate pair in two chunks", stream(content("Hello \\ud83d"), content("\\ude00world.")),
            "Hello \u{FFFD}\u{FFFD}world."
        ),
        ("a lone surrogate", stream(content("Hello \\ud83d")), "Hello \u{FFFD}world."),
        ("a lone low surrogate", stream(content("Hello \\ude00")), "Hello \u{FFFD}world."),
        ("a surrogate pair", stream(content("Hello \\ud83d\\ude00")), "Hello 😀world."),
        ("minus infinity", stream(content("Hello ", ",\"logprobs\":{\"content\":[{\"logprob\":-Infinity}]}")), "Hello world."),
        ("NaN", stream(content("Hello ", ",\"score\":NaN")), "Hello world."),
        ("a number too large", stream(content("Hello ", ",\"score\":1e999")), "Hello world."),
        ("keys twice", stream(content("Hello ", ",\"index\":0,\"finish_reason\":null")), "Hello world."),
        ("a tab in a string", stream(content("Hello\tx ")), "Hello\tx world."),
    ]

    @Test(arguments: streams.indices) func isRead(index: Int) async throws {
        let (name, body, text) = Self.streams[index]
        let result = try await Provider.ask { _ in .answer(200, Array(body.utf8), type: "text/event-stream") }
        #expect(result.outcome.text == text && result.outcome.error == nil, "\(name): \(result)")
        #expect(result.outcome.end == ChatEnd(finishReason: "stop", usage: TokenUsage(prompt: 5, completion: 7)), "\(name): \(result)")
    }

    /// Usage may come in a packet of its own after the end mark.
    @Test func usageAfterTheEndIsAwaitedForAMoment() async throws {
        let bytes = Array(Self.stream(tail: Self.finish + Self.event(Self.done) + Self.usage).utf8)
        let result = try await Provider.ask { _ in
            [.head(length: bytes.count, type: "text/event-stream")] + bytes.map { .send([$0]) }
        }
        #expect(result.outcome.text == "Hello world." && result.outcome.end != nil && result.outcome.error == nil, "\(result)")
    }

    @Test(arguments: [
        "event: error\ndata: {\"message\":\"overloaded\"}\n\n", "data: {\"object\":\"error\",\"message\":\"overloaded\"}\n\n",
        "data: {\"error\":{\"message\":\"overloaded\"}}\n\n",
    ]) func errorsAreNoHeartbeats(event: String) async throws {
        let body = Self.stream(between: event)
        let result = try await Provider.ask { _ in .answer(200, Array(body.utf8), type: "text/event-stream") }
        #expect(result.outcome.text == "Hello " && result.outcome.error?.code == .providerUnavailable, "\(event): \(result)")
    }

    @Test func aStreamOfHeartbeatsIsNoAnswer() async throws {
        for body in ["data: {}\n\n", "data:\n\n", "event: ping\ndata: {}\n\n", "data: {\"choices\":null}\n\n"] {
            let result = try await Provider.ask { _ in .answer(200, Array(body.utf8), type: "text/event-stream") }
            #expect(result.outcome.error?.code == .providerInterrupted && result.outcome.end == nil, "\(body): \(result)")
        }
    }

    @Test func aWholeAnswerIsReadTheSameWay() async throws {
        let body =
            #"{"id":"a","id":"b","choices":[{"index":0,"message":{"role":"assistant","content":"Hello \ud83dworld."},"#
            + #""finish_reason":"stop","logprobs":{"content":[{"logprob":-Infinity}]}}],"usage":{"prompt_tokens":5,"completion_tokens":7}}"#
        let result = try await Provider.ask { _ in .answer(200, Array("\n\n \(body)".utf8), type: "application/json") }
        #expect(result.outcome.text == "Hello \u{FFFD}world." && result.outcome.error == nil, "\(result)")
        #expect(result.outcome.end == ChatEnd(finishReason: "stop", usage: TokenUsage(prompt: 5, completion: 7)))
    }
}

/// The same for a provider with Anthropic's protocol.
@Suite(.timeLimit(.minutes(10))) struct AnthropicOddityTests {
    private static let wire = ScriptedProtocol.anthropic

    private func ask(between: String = "", second: String? = nil) async throws -> Outcome {
        let delta: (String) -> String = {
            let event = #"event: content_block_delta\#ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":""#
            return event + $0 + "\"}}\n\n"
        }
        let body =
            Self.wire.event(["type": "message_start", "message": ["usage": ["input_tokens": 5, "output_tokens": 1]]])
            + Self.wire.event(["type": "content_block_start", "index": 0, "content_block": ["type": "text", "text": ""]])
            + delta("Hello ") + between + delta(second ?? "world.") + Self.wire.event(["type": "content_block_stop", "index": 0])
            + Self.wire.event(["type": "message_delta", "delta": ["stop_reason": "end_turn"], "usage": ["output_tokens": 7]])
            + Self.wire.event(["type": "message_stop"])
        return try await ScriptedUpstream.serve({ _ in .answer(200, Array(body.utf8), type: "text/event-stream") }) { server in
            let transport = UpstreamTransport()
            let outcome = await Provider.read(try Provider.make(.anthropic, server, transport))
            await transport.shutDown()
            return outcome
        }
    }

    @Test(arguments: [
        "data:\n\n", "data: \n\n", "event: ping\ndata: {}\n\n", "event: ping\ndata: ping\n\n", "data: {}\n\n", "data: null\n\n",
        ": wait\n\n", "event: ping\ndata: {\"time\":1}\n\n", "data: {\"type\":\"ping\"}\n\n",
        "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":null}\n\n",
        "data: {\"type\":\"ping\",\"type\":\"ping\",\"p\":-Infinity}\n\n",
    ]) func heartbeatsAreSkipped(between: String) async throws {
        let outcome = try await ask(between: between)
        #expect(outcome.text == "Hello world." && outcome.error == nil, "\(between): \(outcome)")
        #expect(outcome.end == ChatEnd(finishReason: "stop", usage: TokenUsage(prompt: 5, completion: 7)), "\(between): \(outcome)")
    }

    @Test func aLoneSurrogateIsReplaced() async throws {
        #expect(try await ask(second: "\\ud83dworld.").text == "Hello \u{FFFD}world.")
    }

    @Test func anErrorWithoutATypeIsAnError() async throws {
        for event in ["event: error\ndata: {\"message\":\"x\"}\n\n", "data: {\"error\":{\"type\":\"overloaded_error\"}}\n\n"] {
            #expect(try await ask(between: event).error != nil, "\(event)")
        }
        #expect(try await ask(between: "data: {\"x\":1}\n\n").error?.code == .providerInvalid)
    }
}
