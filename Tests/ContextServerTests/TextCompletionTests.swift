import Foundation
import JSON
import NIOHTTP1
import ScriptedUpstream
import TestSupport
import Testing

/// `POST /v1/completions`: prompts, with the built-in model, a provider, and another contextd.
@Suite(.timeLimit(.minutes(10))) struct TextCompletionTests {
    private static let bread = "A loaf of bread is baked for forty minutes."
    private static let usage: JSONValue = ["prompt_tokens": 50, "completion_tokens": 6, "total_tokens": 56]

    /// Starts a server in a new folder whose model `writer` is at `base`, and a client; `key` is the key that the provider requires.
    static func server(at base: String, model: String = "m", key: String = "k") async throws -> (RunningServer, TestClient) {
        let folder = try TestPaths.scratch("text")
        try key.write(to: folder.appending(path: "k"), atomically: true, encoding: .utf8)
        let settings: JSONValue = ["provider": "openai", "model": .string(model), "base_url": .string(base), "api_key_file": "k"]
        try JSONValue.object(["completions": ["models": ["writer": settings]]]).description
            .write(to: folder.appending(path: "contextd.json"), atomically: true, encoding: .utf8)
        let server = try await RunningServer.start(folder: folder)
        let client = try await server.client(tenant: "t")
        #expect(try await client.post("/v1/documents?wait=true", ["id": "bread", "text": .string(bread)]).status == 200)
        return (server, client)
    }

    /// Reassembles a streamed completion: text, annotations, citations, usage.
    static func read(_ body: [UInt8]) throws -> (text: String, last: JSONValue, usage: JSONValue?) {
        let events = String(decoding: body, as: UTF8.self).split(separator: "\n\n").map { String($0.dropFirst("data: ".count)) }
        #expect(events.last == "[DONE]")
        var (text, last, usage) = ("", JSONValue.null, JSONValue?.none)
        for event in events.dropLast() {
            let chunk = try JSONValue(parsing: event)
            #expect(chunk["object"] == "text_completion" && chunk["id"]?.stringValue?.hasPrefix("cmpl-") == true, "\(event)")
            text += chunk["choices"]?[0]?["text"]?.stringValue ?? ""
            if let value = chunk["usage"], value != .null { usage = value }
            if chunk["choices"]?[0]?["finish_reason"]?.stringValue != nil { last = chunk }
        }
        return (text, last, usage)
    }

    @Test func theBuiltInModelAnswersAPrompt() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "t")
        _ = try await client.post("/v1/documents?wait=true", ["id": "bread", "text": .string(Self.bread)])
        let question = "How long is bread baked?"
        let chat = try await client.post("/v1/chat/completions", ["messages": [["role": "user", "content": .string(question)]]]).json
        for prompt: JSONValue in [.string(question), [.string(question)]] {
            let whole = try await client.post("/v1/completions", ["model": "extractive", "prompt": prompt]).json
            #expect(whole["object"] == "text_completion" && whole["choices"]?[0]?["finish_reason"] == "stop", "\(whole)")
            #expect(whole["choices"]?[0]?["text"] == chat["choices"]?[0]?["message"]?["content"])
            #expect(whole["choices"]?[0]?["annotations"] == chat["choices"]?[0]?["message"]?["annotations"])
            #expect(whole["citations"] == chat["citations"] && whole["usage"] == chat["usage"])
            let stream = try await client.post(
                "/v1/completions", ["prompt": prompt, "stream": true, "stream_options": ["include_usage": true]])
            let (text, last, usage) = try Self.read(stream.body)
            #expect(.string(text) == whole["choices"]?[0]?["text"] && usage == whole["usage"] && last["citations"] == whole["citations"])
            #expect(last["choices"]?[0]?["annotations"] == whole["choices"]?[0]?["annotations"])
        }
    }

    @Test func aPromptGoesToItsProviderAsItStands() async throws {
        let chunks: [JSONValue] = [
            ["object": "text_completion", "choices": [["index": 0, "text": "Forty ", "finish_reason": .null]]],
            ["choices": [["index": 0, "text": "minutes [1].", "finish_reason": "length"]], "usage": Self.usage],
        ]
        let body = Array((chunks.map { "data: \($0)\n\n" }.joined() + "data: [DONE]\n\n").utf8)
        try await ScriptedUpstream.serve({ _ in .answer(200, body, type: "text/event-stream") }) { upstream in
            let (server, client) = try await Self.server(at: upstream.base)
            let plain = try await client.post(
                "/v1/completions", ["model": "writer", "prompt": "Bread is baked for", "temperature": 0, "suffix": "."])
            #expect(plain.json["choices"]?[0]?["text"] == "Forty minutes [1]." && plain.json["citations"] == nil, "\(plain.text)")
            #expect(plain.json["choices"]?[0]?["finish_reason"] == "length" && plain.json["usage"] == Self.usage)
            let sent = try #require(upstream.requests.first)
            #expect(sent.path == "/v1/completions" && sent.json["prompt"] == "Bread is baked for" && sent.json["messages"] == nil)
            #expect(sent.json["temperature"] == 0 && sent.json["suffix"] == "." && sent.json["model"] == "m" && sent.json["stream"] == true)
            // The same text as a chat message is a different request, also for the response cache.
            let conversation: JSONValue = [["role": "user", "content": "Bread is baked for"]]
            _ = try await client.post(
                "/v1/chat/completions", ["model": "writer", "messages": conversation, "temperature": 0, "suffix": "."])
            #expect(upstream.requests.count == 2 && upstream.requests.last?.path == "/v1/chat/completions")
            let cited = try await client.post("/v1/completions", ["model": "writer", "prompt": "Bread is baked for", "retrieval": [:]])
            #expect(cited.json["citations"]?[0]?["document_id"] == "bread" && cited.json["citations"]?[0]?["text"] == .string(Self.bread))
            #expect(cited.json["choices"]?[0]?["annotations"]?.arrayValue?.count == 1)
            let prompt = plainTags(try #require(upstream.requests.last?.json["prompt"]?.stringValue))
            #expect(prompt.contains("<source number=\"1\" document=\"bread\"") && prompt.hasSuffix("\n\nBread is baked for"), "\(prompt)")
            withExtendedLifetime(server) {}
        }
    }

    static let wrong: [(body: JSONValue, status: Int, param: String)] = [
        ([:], 400, "prompt"), (["prompt": 7], 400, "prompt"), (["prompt": []], 400, "prompt"), (["prompt": ["a", "b"]], 400, "prompt"),
        (["prompt": [1, 2, 3]], 400, "prompt"), (["prompt": [[1, 2], [3]]], 400, "prompt"), (["prompt": " "], 400, "prompt"),
        (["prompt": "x", "n": 2], 400, "n"), (["prompt": "x", "best_of": 2], 400, "best_of"), (["prompt": "x", "echo": true], 400, "echo"),
        (["prompt": "x", "logprobs": 5], 400, "logprobs"), (["prompt": "x", "stream": "yes"], 400, "stream"),
        (["prompt": "x", "retrieval": ["limit": 0]], 400, "retrieval.limit"),
        (["prompt": "x", "retrieval": ["enabled": false]], 400, "retrieval"),
        (["prompt": "x", "model": "none"], 404, "model"),
    ]

    @Test func mistakesAreToldInOpenAIsShape() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "t")
        for (body, status, param) in Self.wrong {
            let answer = try await client.post("/v1/completions", body)
            #expect(answer.status == status && answer.json["error"]?["param"]?.stringValue == param, "\(body): \(answer.text)")
        }
        let harmless: JSONValue = ["prompt": "x", "n": 1, "best_of": 1, "echo": false, "logprobs": .null]
        #expect(try await client.post("/v1/completions", harmless).status == 200)
        let stranger = try await client.with(key: nil).post("/v1/completions", ["prompt": "x"])
        #expect(stranger.status == 401 && stranger.json["error"]?["code"] == "invalid_api_key")
    }

    /// The same request directly and through another contextd gives the same text, citations and usage, as chat and as a prompt, whole and
    /// streamed.
    @Test func anotherContextdBetweenChangesNothing() async throws {
        let reply: @Sendable (ScriptedRequest) -> [ScriptedUpstream.Step] = { request in
            let isText = request.path.hasSuffix("/v1/completions")
            let chunks: [JSONValue] =
                ["Forty minu", "tes [", "1]. Or [", "9]?"].map {
                    ["choices": [isText ? ["index": 0, "text": .string($0)] : ["index": 0, "delta": ["content": .string($0)]]]]
                } + [
                    ["choices": [["index": 0, "delta": [:], "text": "", "finish_reason": "stop"]]], ["choices": [], "usage": Self.usage],
                ]
            return .answer(
                200, Array((chunks.map { "data: \($0)\n\n" }.joined() + "data: [DONE]\n\n").utf8), type: "text/event-stream")
        }
        try await ScriptedUpstream.serve(reply) { upstream in
            let (inner, direct) = try await Self.server(at: upstream.base)
            let (outer, through) = try await Self.server(at: "\(inner.base)/v1", model: "writer", key: direct.key ?? "")
            let asked: [(path: String, body: JSONObject)] = [
                ("/v1/chat/completions", ["messages": [["role": "user", "content": "How long is bread baked?"]]]),
                ("/v1/completions", ["prompt": "How long is bread baked?"]),
            ]
            for (path, question) in asked {
                for (stream, retrieval): (Bool, JSONValue) in [
                    (false, [:]), (true, [:]), (false, ["enabled": false]), (true, ["enabled": false]),
                ] {
                    var body = question
                    body["model"] = "writer"
                    body["stream"] = .bool(stream)
                    body["stream_options"] = ["include_usage": true]
                    body["retrieval"] = retrieval
                    let (one, other) = (try await direct.post(path, .object(body)), try await through.post(path, .object(body)))
                    let (want, got) = (try Self.essence(one, path, stream), try Self.essence(other, path, stream))
                    #expect(got == want, "\(path) \(stream) \(retrieval): \(other.text)")
                    #expect(
                        want["usage"] == Self.usage && want["text"]?.stringValue?.hasPrefix("Forty minutes [1]. Or") == true, "\(one.text)")
                    #expect((want["citations"]?[0]?["document_id"] == "bread") == (retrieval == [:]), "\(one.text)")
                }
            }
            #expect(inner.isRunning && outer.isRunning)
        }
    }

    /// The text, annotations, citations and usage of an answer, whole or streamed.
    private static func essence(_ answer: TestClient.Answer, _ path: String, _ isStream: Bool) throws -> JSONValue {
        let (text, annotations, citations, usage): (JSONValue?, JSONValue?, JSONValue?, JSONValue?)
        switch (path == "/v1/completions", isStream) {
        case (true, true):
            let read = try read(answer.body)
            (text, annotations) = (.string(read.text), read.last["choices"]?[0]?["annotations"])
            (citations, usage) = (read.last["citations"], read.usage)
        case (false, true):
            let read = try ChatStreamReader.read(answer.body)
            (text, annotations, citations, usage) = (
                read.message["content"], read.message["annotations"], read.last["citations"], read.usage
            )
        case (let isText, false):
            let choice = answer.json["choices"]?[0]
            (text, annotations) = (
                isText ? choice?["text"] : choice?["message"]?["content"], (isText ? choice : choice?["message"])?["annotations"]
            )
            (citations, usage) = (answer.json["citations"], answer.json["usage"])
        }
        return ["text": text ?? .null, "annotations": annotations ?? .null, "citations": citations ?? .null, "usage": usage ?? .null]
    }
}
