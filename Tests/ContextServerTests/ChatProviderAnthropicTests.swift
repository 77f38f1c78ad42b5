import JSON
import ScriptedUpstream
import Testing

/// A configured provider with Anthropic's protocol, through `POST /v1/chat/completions`.
@Suite(.timeLimit(.minutes(10))) struct ChatProviderAnthropicTests {
    private static let wire = ScriptedProtocol.anthropic

    /// "Forty minutes" cites the first source, then a source that does not exist, and the model wrote a marker of its own.
    private static let cited: [ScriptedUpstream.Step] = {
        func citation(_ place: Int) -> String {
            let location: JSONValue = [
                "type": "search_result_location", "search_result_index": .init(place), "cited_text": "forty minutes",
                "start_block_index": 0,
                "end_block_index": 1,
            ]
            return wire.event([
                "type": "content_block_delta", "index": 0, "delta": ["type": "citations_delta", "citation": location],
            ])
        }
        let text = wire.opening + wire.piece("Forty ") + wire.piece("minutes [5]") + citation(0) + citation(40) + wire.ending
        return .answer(200, Array(text.utf8), type: "text/event-stream")
    }()

    @Test func itsCitationsAreOurs() async throws {
        try await ScriptedModels.serve({ _ in Self.cited }) { models in
            let text = "A loaf of bread is baked for forty minutes.\n\nThe dough rests for two hours."
            #expect(
                try await models.client.post("/v1/documents?wait=true", ["id": "bread", "title": "Bread", "text": .string(text)]).status
                    == 200)
            let question = "How long is bread baked?"
            let answer = try await models.ask("anthropic", question, ["retrieval": [:], "max_tokens": 100, "seed": 7])
            #expect(answer.json["choices"]?[0]?["message"]?["content"] == "Forty minutes [1]", "\(answer.text)")
            #expect(answer.json["citations"]?.arrayValue?.count == 1 && answer.json["citations"]?[0]?["document_id"] == "bread")
            #expect(answer.json["usage"]?["prompt_tokens"]?.intValue == ScriptedProtocol.promptTokens)
            try await ChatTests.expectVerified(answer.json, models.client)
            let streamed = try await models.ask(
                "anthropic", question, ["retrieval": [:], "stream": true, "stream_options": ["include_usage": true]])
            let (message, last, usage) = try ChatStreamReader.read(streamed.body)
            #expect(message["content"] == answer.json["choices"]?[0]?["message"]?["content"])
            #expect(message["annotations"] == answer.json["choices"]?[0]?["message"]?["annotations"])
            #expect(last["citations"] == answer.json["citations"] && usage == answer.json["usage"])

            let sent = try #require(models.upstream.requests.first)
            #expect(sent.path == "/v1/messages" && sent.headers["x-api-key"] == "sk-provider-secret")
            #expect(sent.headers["authorization"] == nil && sent.json["retrieval"] == nil && sent.json["seed"] == nil)
            #expect(sent.json["max_tokens"] == 100)
            let content = try #require(sent.json["messages"]?[0]?["content"]?.arrayValue)
            #expect(content[1]["type"] == "search_result" && content[1]["title"] == "Bread")
            #expect(content.last?["text"]?.stringValue?.hasSuffix("Question: \(question)") == true)
        }
    }

    @Test func whatHasNoFormThereIsTheCallersMistake() async throws {
        try await ScriptedModels.serve({ _ in Self.cited }) { models in
            let body: JSONValue = [
                "model": "anthropic", "messages": [["role": "user", "content": [["type": "input_audio", "input_audio": [:]]]]],
            ]
            let answer = try await models.client.post("/v1/chat/completions", body)
            #expect(
                answer.status == 400 && answer.json["error"]?["message"]?.stringValue?.contains("messages[0]") == true, "\(answer.text)")
            #expect(models.upstream.requests.isEmpty)
        }
    }
}
