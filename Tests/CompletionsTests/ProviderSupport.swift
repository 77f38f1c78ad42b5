import Citing
import Completions
import JSON
import ScriptedUpstream
import Testing
import Upstream

/// The result of an answer.
struct Outcome: Sendable {
    var text = ""
    var other: [JSONObject] = []
    var end: ChatEnd?
    var error: CompletionError?
}

enum Provider {
    static func make(
        _ server: ScriptedUpstream, _ transport: UpstreamTransport, firstToken: Duration = .seconds(30), idle: Duration = .seconds(30),
        waits: @escaping @Sendable (Duration) -> Void = { _ in }
    ) throws -> RoutedProvider {
        let options = options(firstToken, idle)
        let pacing = UpstreamPacing(now: { 0 }, sleep: { waits($0) }, random: { $0.upperBound })
        let client = UpstreamClient(base: try BaseURL(server.base), key: try Secret("sk-secret"), transport: transport, pacing: pacing)
        let provider = OpenAICompatibleProvider(client: client, options: options)
        return RoutedProvider([ChatBackend(name: "m", provider: provider, limits: BackendLimits(), pacing: pacing)])
    }

    /// Creates a provider that speaks the given protocol.
    static func make(
        _ wire: ScriptedProtocol, _ server: ScriptedUpstream, _ transport: UpstreamTransport, firstToken: Duration = .seconds(30),
        idle: Duration = .seconds(30)
    ) throws -> any ChatProvider {
        guard wire == .anthropic else { return try make(server, transport, firstToken: firstToken, idle: idle) }
        let client = UpstreamClient(
            base: try BaseURL(server.base), key: try Secret("sk-secret"), keyHeader: .named("x-api-key"), transport: transport)
        return AnthropicProvider(client: client, options: options(firstToken, idle))
    }

    private static func options(_ firstToken: Duration, _ idle: Duration) -> ProviderOptions {
        var options = ProviderOptions(model: "upstream-model")
        (options.firstTokenTimeout, options.idleTimeout) = (firstToken, idle)
        return options
    }

    static let request = ChatRequest(messages: [["role": "user", "content": "Do bees fly?"]], parameters: ["temperature": 0.5])

    /// Sends a request to a provider that follows `script`, and reads its answer to the end.
    static func ask(
        _ request: ChatRequest = request, firstToken: Duration = .seconds(30), idle: Duration = .seconds(30),
        _ script: @escaping ScriptedUpstream.Script
    ) async throws -> (outcome: Outcome, requests: [ScriptedRequest], opened: Int) {
        try await ScriptedUpstream.serve(script) { server in
            let transport = UpstreamTransport()
            let provider = try make(server, transport, firstToken: firstToken, idle: idle)
            let outcome = await read(provider, request)
            await transport.shutDown()
            return (outcome, server.requests, server.opened)
        }
    }

    /// Sends a request to a provider that falls silent, so that only a timeout ends it. On a busy machine, what was sent before the silence
    /// may arrive too late; then the timeout is increased.
    static func askSilent(
        _ script: @escaping ScriptedUpstream.Script,
        hasSaidAll: ((outcome: Outcome, requests: [ScriptedRequest], opened: Int)) -> Bool
    ) async throws -> (outcome: Outcome, requests: [ScriptedRequest], opened: Int) {
        for seconds in [1, 5, 25] {
            let result = try await ask(firstToken: .seconds(seconds), idle: .seconds(seconds), script)
            if hasSaidAll(result) { return result }
        }
        return try await ask(firstToken: .seconds(60), idle: .seconds(60), script)
    }

    static func read(_ provider: any ChatProvider, _ request: ChatRequest = request) async -> Outcome {
        var outcome = Outcome()
        do throws(CompletionError) {
            let answer = try await provider.answer(request, for: ChatCaller("t", incarnation: "1"))
            let events = answer.events
            while let batch = try await events.next() {
                for event in batch {
                    switch event {
                    case .delta(let delta):
                        outcome.text += delta.text
                        if !delta.other.isEmpty { outcome.other.append(delta.other) }
                    case .end(let end): outcome.end = end
                    }
                }
            }
        } catch { outcome.error = error }
        return outcome
    }

    /// A stream of these chunks, closed by the provider.
    static func stream(_ chunks: [JSONValue], done: Bool = true) -> [ScriptedUpstream.Step] {
        let body = events(chunks, done: done)
        return .answer(200, body, type: "text/event-stream")
    }

    /// The same stream, left open by the provider.
    static func opened(_ chunks: [JSONValue]) -> [ScriptedUpstream.Step] {
        [.head(length: nil, type: "text/event-stream"), .send(events(chunks, done: false))]
    }

    private static func events(_ chunks: [JSONValue], done: Bool) -> [UInt8] {
        Array((chunks.map { "data: \($0)\n\n" }.joined() + (done ? "data: [DONE]\n\n" : "")).utf8)
    }

    static func chunk(_ delta: JSONObject = [:], finish: String? = nil, usage: JSONValue? = nil) -> JSONValue {
        var chunk: JSONObject = [
            "id": "x", "object": "chat.completion.chunk",
            "choices": [["index": 0, "delta": .object(delta), "finish_reason": finish.map(JSONValue.string) ?? .null]],
        ]
        chunk["usage"] = usage
        return .object(chunk)
    }

    static let usage: JSONValue = [
        "prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18, "prompt_tokens_details": ["cached_tokens": 3],
        "completion_tokens_details": ["reasoning_tokens": 2],
    ]
    static let text = [chunk(["role": "assistant", "content": ""]), chunk(["content": "They "]), chunk(["content": "do."])]
}
