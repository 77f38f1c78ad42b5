import CommandSupport
import Foundation
import JSON
import NIOHTTP1
import TestSupport
import Testing

/// `POST /v1/chat/completions` with the built-in model, over HTTP.
@Suite(.timeLimit(.minutes(10))) struct ChatTests {
    static let documents: [(id: String, text: String)] = [
        (
            "tides",
            "The tides of the sea follow the moon. High water comes twice a day, as the moon pulls at the ocean from one side.\n\nSailors read the tide tables before they leave harbour."
        ),
        (
            "bread",
            "A loaf of bread is baked for forty minutes at 220 degrees. The dough must rest for two hours before it goes into the oven."
        ),
        ("herons", "The grey heron stands in shallow rivers and waits for fish. Herons nest in tall trees, often many of them together."),
    ]

    private func server(on place: RunningServer.Place = .task) async throws -> (RunningServer, TestClient) {
        let server = try await RunningServer.start(place, options: ["--set", "completions.cache.memory=0"])
        let client = try await server.client(tenant: "t")
        for (id, text) in Self.documents {
            let made = try await client.post(
                "/v1/documents?wait=true",
                ["id": .string(id), "title": .string("About \(id)"), "text": .string(text), "url": .string("https://example.org/\(id)")])
            #expect(made.status == 200, "\(made.text)")
        }
        return (server, client)
    }

    private static func ask(_ question: String, _ extra: JSONObject = [:]) -> JSONValue {
        var body: JSONObject = ["model": "extractive", "messages": [["role": "user", "content": .string(question)]]]
        for (name, value) in extra { body[name] = value }
        return .object(body)
    }

    /// Expects each citation to be the stored text, byte for byte, and each annotation to be the position of its marker.
    static func expectVerified(_ answer: JSONValue, _ client: TestClient) async throws {
        let text = Array(answer["choices"]?[0]?["message"]?["content"]?.stringValue?.unicodeScalars ?? "".unicodeScalars)
        for citation in try #require(answer["citations"]?.arrayValue) {
            let id = try #require(citation["document_id"]?.stringValue)
            let stored = try await client.get("/v1/documents/\(id)/content").body
            let span = try #require(citation["span"]?["start"]?.intValue)..<(try #require(citation["span"]?["end"]?.intValue))
            #expect(Array(stored[span]) == Array(try #require(citation["text"]?.stringValue).utf8), "\(citation)")
            #expect(citation["chunk_id"]?.stringValue?.hasPrefix("c") == true)
        }
        for annotation in answer["choices"]?[0]?["message"]?["annotations"]?.arrayValue ?? [] {
            let place = annotation["url_citation"]
            let range = try #require(place?["start_index"]?.intValue)..<(try #require(place?["end_index"]?.intValue))
            #expect(text[range].first == "[" && text[range].last == "]", "\(annotation)")
        }
    }

    @Test(arguments: RunningServer.Place.allCases) func aQuestionIsAnsweredWithItsSource(on place: RunningServer.Place) async throws {
        let (server, client) = try await server(on: place)
        defer { withExtendedLifetime(server) {} }
        let answer = try await client.post("/v1/chat/completions", Self.ask("How long is bread baked?"))
        #expect(answer.status == 200, "\(answer.text)")
        let json = answer.json
        #expect(json["object"] == "chat.completion" && json["model"] == "extractive")
        #expect(json["choices"]?[0]?["finish_reason"] == "stop" && json["choices"]?[0]?["message"]?["role"] == "assistant")
        let text = try #require(json["choices"]?[0]?["message"]?["content"]?.stringValue)
        #expect(text.hasPrefix("A loaf of bread is baked for forty minutes at 220 degrees.") && text.contains("[1]"), "\(text)")
        let first = try #require(json["citations"]?[0])
        #expect(first["n"] == 1 && first["document_id"] == "bread" && first["title"] == "About bread")
        #expect(json["choices"]?[0]?["message"]?["annotations"]?[0]?["url_citation"]?["url"] == "https://example.org/bread")
        let usage = try #require(json["usage"])
        let (prompt, completion) = (usage["prompt_tokens"]?.intValue ?? 0, usage["completion_tokens"]?.intValue ?? 0)
        #expect(
            prompt > completion && completion > 0 && usage["total_tokens"]?.intValue == prompt + completion && usage["estimated"] == nil)
        try await Self.expectVerified(json, client)
        // A request without a model name uses the same model.
        let unnamed = try await client.post(
            "/v1/chat/completions", ["messages": [["role": "user", "content": "How long is bread baked?"]]])
        #expect(unnamed.json["model"] == "extractive" && unnamed.json["citations"] == json["citations"])
    }

    @Test func whatTheDocumentsDoNotSayIsNotSaid() async throws {
        let (server, client) = try await server()
        defer { withExtendedLifetime(server) {} }
        for question in ["Which interest rate did the central bank decide on?", "zxqv wplk", "Who won the chess championship in 1972?"] {
            let answer = try await client.post("/v1/chat/completions", Self.ask(question))
            #expect(answer.json["choices"]?[0]?["message"]?["content"] == "The documents do not say.", "\(answer.text)")
            #expect(answer.json["citations"] == [] && answer.json["choices"]?[0]?["message"]?["annotations"] == nil)
        }
        let other = try await RunningServer.start()
        defer { withExtendedLifetime(other) {} }
        let empty = try await other.client(tenant: "empty").post("/v1/chat/completions", Self.ask("How long is bread baked?"))
        #expect(empty.json["choices"]?[0]?["message"]?["content"] == "The documents do not say.", "\(empty.text)")
    }

    @Test func aStreamSaysTheSame() async throws {
        let (server, client) = try await server()
        defer { withExtendedLifetime(server) {} }
        for question in ["How long is bread baked?", "What do herons eat, and where do they nest?", "Who pays taxes on wine?"] {
            let whole = try await client.post("/v1/chat/completions", Self.ask(question)).json
            let streamed = try await client.post(
                "/v1/chat/completions", Self.ask(question, ["stream": true, "stream_options": ["include_usage": true]]))
            #expect(streamed.headers.first(name: "Content-Type") == "text/event-stream")
            let (message, last, usage) = try ChatStreamReader.read(streamed.body)
            #expect(message["content"] == whole["choices"]?[0]?["message"]?["content"])
            #expect(message["annotations"] == whole["choices"]?[0]?["message"]?["annotations"])
            #expect(last["citations"] == whole["citations"] && usage == whole["usage"], "\(streamed.text)")
        }
        let plain = try await client.post("/v1/chat/completions", Self.ask("How long is bread baked?", ["stream": true]))
        #expect(try ChatStreamReader.read(plain.body).usage == nil && !plain.text.contains("usage"))
    }

    @Test func afterADeleteTheNextAnswerDoesNotKnow() async throws {
        let (server, client) = try await server()
        defer { withExtendedLifetime(server) {} }
        let question = Self.ask("How long is bread baked?")
        #expect(try await client.post("/v1/chat/completions", question).json["citations"]?[0]?["document_id"] == "bread")
        _ = try await client.delete("/v1/documents/bread")
        let after = try await client.post("/v1/chat/completions", question)
        #expect(!after.text.contains("\"bread\"") && !after.text.contains("forty minutes"), "\(after.text)")
    }

    @Test func retrievalIsTheCallersToChoose() async throws {
        let (server, client) = try await server()
        defer { withExtendedLifetime(server) {} }
        let question = "How long is bread baked?"
        let filtered = try await client.post(
            "/v1/chat/completions", Self.ask(question, ["retrieval": ["filter": ["key": "w", "op": "eq", "value": "none"]]]))
        #expect(filtered.json["choices"]?[0]?["message"]?["content"] == "The documents do not say.")
        for mode in ["hybrid", "dense", "lexical"] {
            let options: JSONValue = ["mode": .string(mode), "limit": 1, "max_context_tokens": 500]
            let answer = try await client.post("/v1/chat/completions", Self.ask(question, ["retrieval": options]))
            #expect(answer.json["citations"]?[0]?["document_id"] == "bread", "\(mode): \(answer.text)")
        }
        let off = try await client.post("/v1/chat/completions", Self.ask(question, ["retrieval": ["enabled": false]]))
        #expect(off.status == 400 && off.json["error"]?["param"] == "retrieval", "\(off.text)")
    }

    static let wrong: [(body: JSONValue, param: String)] = [
        ([:], "messages"), (["messages": []], "messages"), (["messages": "x"], "messages"), (["messages": [1]], "messages[0]"),
        (["messages": [["role": "king", "content": "x"]]], "messages[0].role"), (["messages": [["content": "x"]]], "messages[0].role"),
        (["messages": [["role": "user", "content": 7]]], "messages[0].content"),
        (["messages": [["role": "user", "content": [1]]]], "messages[0].content[0]"),
        (["messages": [["role": "system", "content": "x"]]], "messages"), (["messages": [["role": "user", "content": "  "]]], "messages"),
        (["messages": [["role": "user"]]], "messages"), (["messages": [["role": "user", "content": "x"]], "n": 2], "n"),
        (["messages": [["role": "user", "content": "x"]], "stream": "yes"], "stream"),
        (["messages": [["role": "user", "content": "x"]], "stream_options": 1], "stream_options"),
        (["messages": [["role": "user", "content": "x"]], "retrieval": true], "retrieval"),
        (["messages": [["role": "user", "content": "x"]], "retrieval": ["limit": 0]], "retrieval.limit"),
        (["messages": [["role": "user", "content": "x"]], "retrieval": ["lmit": 1]], "retrieval.lmit"),
        (
            ["messages": [["role": "user", "content": "x"]], "retrieval": ["max_context_tokens": 9_000_000_000_000_000_000]],
            "retrieval.max_context_tokens"
        ),
        (["messages": [["role": "user", "content": "x"]], "retrieval": ["filter": ["and": 1]]], "filter.and"),
        (["messages": [["role": "user", "content": "x"]], "model": 1], "model"),
    ]

    @Test func mistakesAreToldInOpenAIsShape() async throws {
        let server = try await RunningServer.start()
        defer { withExtendedLifetime(server) {} }
        let client = try await server.client(tenant: "t")
        for (body, param) in Self.wrong {
            let answer = try await client.post("/v1/chat/completions", body)
            #expect(answer.status == 400 && answer.json["error"]?["type"] == "invalid_request_error", "\(body): \(answer.text)")
            #expect(answer.json["error"]?["param"]?.stringValue == param, "\(body): \(answer.text)")
        }
        let unknown = try await client.post("/v1/chat/completions", Self.ask("x", ["model": "gpt-9"]))
        #expect(unknown.status == 404 && unknown.json["error"]?["code"] == "model_not_found")
        #expect(try await client.with(key: nil).post("/v1/chat/completions", Self.ask("x")).json["error"]?["code"] == "invalid_api_key")
        let broken = try await client.send(.POST, "/v1/chat/completions", Array("{".utf8), type: "application/json")
        #expect(broken.status == 400 && broken.json["error"]?["code"] == "invalid_json")
        let long = try await client.post("/v1/chat/completions", Self.ask(String(repeating: "bread ä ", count: 20_000)))
        #expect(long.status == 200, "\(long.text.prefix(300))")
        #expect(try await client.get("/v1/models").json["data"]?.arrayValue?.contains { $0["id"] == "extractive" } == true)
    }

    @Test func theCommandLineAsksToo() async throws {
        let (server, client) = try await server()
        let question = "How long is bread baked?"
        let remote = try await CommandLineTool.run(["ask", question, "--server", server.base, "--key", client.key ?? ""])
        #expect(
            remote.status == 0 && remote.output.contains("forty minutes") && remote.output.contains("[1] About bread  [bread "), "\(remote)"
        )
        #expect(await server.stop() == 0)
        let local = ["ask", question, "--tenant", "t", "--data-dir", server.folder.path]
        let printed = try await CommandLineTool.run(local)
        #expect(printed.status == 0 && printed.output == remote.output, "\(printed)")
        let json = try JSONValue(parsing: try await CommandLineTool.run(local + ["--json"]).output)
        #expect(json["citations"]?[0]?["document_id"] == "bread" && json["answer"]?.stringValue?.contains("forty") == true)
        let unknown = try await CommandLineTool.run(local + ["--model", "none"])
        #expect(
            unknown.status == 1 && unknown.errors.contains("unknown model") && unknown.errors.split(separator: "\n").count == 1,
            "\(unknown)")
        #expect(try await CommandLineTool.run(["ask", "x"]).status == 2)
    }
}

/// Reassembles a streamed completion.
enum ChatStreamReader {
    /// - Returns: the message, the last chunk, and the usage if a chunk had one.
    static func read(_ body: [UInt8]) throws -> (message: JSONObject, last: JSONValue, usage: JSONValue?) {
        let lines = String(decoding: body, as: UTF8.self).split(separator: "\n\n").map { String($0.dropFirst("data: ".count)) }
        #expect(lines.last == "[DONE]")
        var message: JSONObject = [:]
        var (text, last, usage) = ("", JSONValue.null, JSONValue?.none)
        var ids: Set<String> = []
        for line in lines.dropLast() {
            let chunk = try JSONValue(parsing: line)
            #expect(chunk["object"] == "chat.completion.chunk", "\(line)")
            ids.insert(chunk["id"]?.stringValue ?? "")
            if let value = chunk["usage"], value != .null { usage = value }
            for (key, value) in chunk["choices"]?[0]?["delta"]?.objectValue ?? [:] {
                if key == "content" { text += value.stringValue ?? "" } else { message[key] = value }
            }
            if chunk["choices"]?[0]?["finish_reason"]?.stringValue != nil { last = chunk }
        }
        #expect(ids.count == 1)
        message["content"] = .string(text)
        return (message, last, usage)
    }
}
