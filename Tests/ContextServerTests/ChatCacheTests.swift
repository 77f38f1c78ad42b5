import CommandSupport
import Foundation
import JSON
import NIOHTTP1
import ScriptedUpstream
import TestSupport
import Testing

/// The response cache, over HTTP.
@Suite(.timeLimit(.minutes(10))) struct ChatCacheTests {
    /// Starts a provider whose answers contain the number of the request, and a server with its model, which retrieves on request.
    private func serve(
        _ steps: @escaping @Sendable (_ number: Int) -> [ScriptedUpstream.Step] = Self.stream,
        _ body: @escaping @Sendable (ScriptedUpstream, RunningServer) async throws -> Void
    ) async throws {
        try await ScriptedUpstream.serve({ request in steps(request.number + 1) }) { upstream in
            let folder = try TestPaths.scratch("cache")
            let model: JSONValue = ["provider": "openai", "base_url": .string(upstream.base)]
            try JSONValue.object(["completions": ["models": ["writer": model]]]).description
                .write(to: folder.appending(path: "contextd.json"), atomically: true, encoding: .utf8)
            let server = try await RunningServer.start(folder: folder)
            try await body(upstream, server)
            withExtendedLifetime(server) {}
        }
    }

    private static func stream(_ number: Int) -> [ScriptedUpstream.Step] {
        let texts = ["Answer \(number)", " [1]", "."]
        var chunks: [JSONValue] = texts.map { ["choices": [["index": 0, "delta": ["content": .string($0)], "finish_reason": .null]]] }
        chunks.append(["choices": [["index": 0, "delta": [:], "finish_reason": "stop"]]])
        chunks.append(["choices": [], "usage": ["prompt_tokens": .init(40 + number), "completion_tokens": 5]])
        return .answer(200, Array((chunks.map { "data: \($0)\n\n" }.joined() + "data: [DONE]\n\n").utf8), type: "text/event-stream")
    }

    private static func ask(_ extra: JSONObject = [:]) -> JSONValue {
        var body: JSONObject = ["messages": [["role": "user", "content": "What is the secret?"]], "retrieval": [:]]
        for (name, value) in extra { body[name] = value }
        return .object(body)
    }

    private static func text(_ answer: TestClient.Answer) -> String? { answer.json["choices"]?[0]?["message"]?["content"]?.stringValue }
    private static func origin(_ answer: TestClient.Answer) -> String? { answer.headers.first(name: "X-Contextd-Origin") }
    /// After its last step an answer is served as a coalesced request, and shortly afterwards from the cache.
    private static func isKept(_ answer: TestClient.Answer) -> Bool { ["shared", "cache"].contains(origin(answer)) }

    private static let path = "/v1/chat/completions"

    @Test func theSameQuestionIsAnsweredOnceUntilADocumentChanges() async throws {
        try await serve { upstream, server in
            let client = try await server.client(tenant: "t")
            _ = try await client.post("/v1/documents?wait=true", ["id": "d", "text": "The secret is a heron in the reeds."])
            let first = try await client.post(Self.path, Self.ask())
            #expect(Self.text(first) == "Answer 1 [1]." && Self.origin(first) == "model", "\(first.text)")
            let again = try await client.post(Self.path, Self.ask())
            #expect(Self.text(again) == Self.text(first) && Self.isKept(again))
            #expect(again.json["citations"] == first.json["citations"] && again.json["usage"] == first.json["usage"])
            // The same request as a stream: the same steps, text, citations and usage.
            let stream = try await client.post(
                Self.path, Self.ask(["stream": true, "stream_options": ["include_usage": true]]))
            #expect(Self.isKept(stream))
            let (message, last, usage) = try ChatStreamReader.read(stream.body)
            #expect(message["content"]?.stringValue == Self.text(first))
            #expect(last["citations"] == first.json["citations"] && usage == first.json["usage"])
            #expect(upstream.requests.count == 1)
            // Other parameters make a different cache key; and a request may bypass the cache.
            #expect(Self.text(try await client.post(Self.path, Self.ask(["temperature": 0.5]))) == "Answer 2 [1].")
            for refusal in ["no-store", "max-age=0, no-cache"] {
                let fresh = try await client.post(Self.path, Self.ask(), headers: [("Cache-Control", refusal)])
                #expect(Self.origin(fresh) == "model" && Self.text(fresh) != Self.text(first))
            }
            #expect(Self.isKept(try await client.post(Self.path, Self.ask())))
            // After an edit, and after a deletion, the next answer is generated again.
            _ = try await client.put("/v1/documents/d?wait=true", "The secret is a bittern in the reeds.", type: "text/plain")
            let edited = try await client.post(Self.path, Self.ask())
            #expect(Self.origin(edited) == "model" && edited.json["citations"]?[0]?["text"]?.stringValue?.contains("bittern") == true)
            _ = try await client.delete("/v1/documents/d")
            let deleted = try await client.post(Self.path, Self.ask())
            #expect(Self.origin(deleted) == "model" && deleted.json["citations"] == [] && !deleted.text.contains("bittern"))
        }
    }

    /// A warm cache serves neither another tenant, with the same question, model and document ids, nor a revoked key.
    @Test func aWarmCacheKnowsItsTenant() async throws {
        try await serve { upstream, server in
            let (a, b) = (try await server.client(tenant: "a"), try await server.client(tenant: "b"))
            _ = try await a.post("/v1/documents?wait=true", ["id": "d", "text": "The secret is an aardvark."])
            _ = try await b.post("/v1/documents?wait=true", ["id": "d", "text": "The secret is a butterfly."])
            #expect(Self.text(try await a.post(Self.path, Self.ask())) == "Answer 1 [1].")
            let other = try await b.post(Self.path, Self.ask())
            #expect(Self.text(other) == "Answer 2 [1]." && Self.origin(other) == "model" && !other.text.contains("aardvark"))
            #expect(other.json["usage"]?["prompt_tokens"] == 42)
            // A new tenant with the same name is a different tenant.
            let folder = server.folder.path
            _ = try await CommandLineTool.run(["tenant", "delete", "a", "--data-dir", folder])
            #expect(try await a.post(Self.path, Self.ask()).status == 401)
            let again = try await server.client(tenant: "a")
            _ = try await again.post("/v1/documents?wait=true", ["id": "d", "text": "The secret is an antelope."])
            let answer = try await again.post(Self.path, Self.ask())
            #expect(Self.origin(answer) == "model" && !answer.text.contains("aardvark"), "\(answer.text)")
            // A revoked key gets no cached answer either.
            let id = try #require(b.key).split(separator: "_")[1]
            _ = try await CommandLineTool.run(["key", "revoke", String(id), "--data-dir", folder])
            #expect(try await b.post(Self.path, Self.ask()).status == 401)
        }
    }

    @Test func questionsOfOneMomentShareAnAnswer() async throws {
        try await serve({ [.wait("all asked")] + Self.stream($0) }) { upstream, server in
            let client = try await server.client(tenant: "t")
            let answers = try await withThrowingTaskGroup { group in
                group.addTask { try await client.post(Self.path, Self.ask()) }
                await upstream.untilRequested(1)
                for place in 0..<20 { group.addTask { try await client.post(Self.path, Self.ask(["stream": .bool(place % 2 == 0)])) } }
                upstream.release("all asked")
                return try await group.reduce(into: [TestClient.Answer]()) { $0.append($1) }
            }
            #expect(answers.count == 21 && answers.allSatisfy { $0.status == 200 })
            #expect(answers.filter { Self.origin($0) == "model" }.count == 1 && upstream.requests.count == 1)
            #expect(answers.compactMap(Self.text).allSatisfy { $0 == "Answer 1." })
        }
    }

    /// The provider's connection is closed as soon as the last reader has disconnected, and not before.
    @Test(.timeLimit(.minutes(10))) func theProviderIsLeftWithTheLastReader() async throws {
        try await serve({ _ in [.stall] }) { upstream, server in
            let client = try await server.client(tenant: "t")
            try await withThrowingTaskGroup { group in
                for _ in 0..<5 { group.addTask { _ = try? await client.post(Self.path, Self.ask(["stream": true])) } }
                await upstream.untilRequested(1)
                // Waits until all five are coalesced: one that came after the others had gone would start a new answer.
                let joined = ("contextd_answer_cache_requests_total", ["result": "shared"])
                while try await PrometheusText(client.get("/metrics").text).value(joined.0, joined.1) != 4 {}
                #expect(upstream.closed == 0)
                group.cancelAll()
            }
            await upstream.untilClosed(1)
            #expect(upstream.requests.count == 1)
        }
    }

    /// A client that disconnects before its request is processed: no work at the provider continues on its behalf.
    @Test(.timeLimit(.minutes(10)), arguments: [true, false])
    func aClientThatEndsWithItsRequestIsNoticed(isStream: Bool) async throws {
        try await serve({ _ in [.stall] }) { upstream, server in
            let client = try await server.client(tenant: "t")
            let key = try #require(client.key)
            for number in 1...3 {
                try await RawSocket.connect(server.port) { socket in
                    let body = Self.ask(["stream": .bool(isStream), "seed": .init(number)]).description
                    try await socket.send(
                        "POST \(Self.path) HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(key)\r\nContent-Type: application/json\r\n"
                            + "Content-Length: \(body.utf8.count)\r\n\r\n" + body)
                    socket.halfClose()
                    // Closed with or without a response, but long before the provider's timeout.
                    #expect(try await socket.isClosed())
                }
                await upstream.untilAllClosed()
            }
        }
    }
}
