import Foundation
import JSON
import NIOHTTP1
import ScriptedUpstream
import TestSupport
import Testing

/// Answers that are given again, over HTTP.
@Suite(.timeLimit(.minutes(10))) struct ChatCacheTests {
    /// A provider whose answers carry the number of the request, and a server with a model there, retrieving by request.
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
    /// An answer is given again from its last step on: at first by who made it, a moment later by the cache.
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
            // A stream of it: the same steps, text, citations and usage.
            let stream = try await client.post(
                Self.path, Self.ask(["stream": true, "stream_options": ["include_usage": true]]))
            #expect(Self.isKept(stream))
            let (message, last, usage) = try ChatStreamReader.read(stream.body)
            #expect(message["content"]?.stringValue == Self.text(first))
            #expect(last["citations"] == first.json["citations"] && usage == first.json["usage"])
            #expect(upstream.requests.count == 1)
            // Another parameter, another question; and a refusal of what is stored.
            #expect(Self.text(try await client.post(Self.path, Self.ask(["temperature": 0.5]))) == "Answer 2 [1].")
            for refusal in ["no-store", "max-age=0, no-cache"] {
                let fresh = try await client.post(Self.path, Self.ask(), headers: [("Cache-Control", refusal)])
                #expect(Self.origin(fresh) == "model" && Self.text(fresh) != Self.text(first))
            }
            #expect(Self.isKept(try await client.post(Self.path, Self.ask())))
            // An edit, then a deletion: the next answer is a new one.
            _ = try await client.put("/v1/documents/d?wait=true", "The secret is a bittern in the reeds.", type: "text/plain")
            let edited = try await client.post(Self.path, Self.ask())
            #expect(Self.origin(edited) == "model" && edited.json["citations"]?[0]?["text"]?.stringValue?.contains("bittern") == true)
            _ = try await client.delete("/v1/documents/d")
            let deleted = try await client.post(Self.path, Self.ask())
            #expect(Self.origin(deleted) == "model" && deleted.json["citations"] == [] && !deleted.text.contains("bittern"))
        }
    }

    /// A warm cache of one tenant answers no other, though question, model and document ids are the same; nor a key that was revoked.
    @Test func aWarmCacheKnowsItsTenant() async throws {
        try await serve { upstream, server in
            let (a, b) = (try await server.client(tenant: "a"), try await server.client(tenant: "b"))
            _ = try await a.post("/v1/documents?wait=true", ["id": "d", "text": "The secret is an aardvark."])
            _ = try await b.post("/v1/documents?wait=true", ["id": "d", "text": "The secret is a butterfly."])
            #expect(Self.text(try await a.post(Self.path, Self.ask())) == "Answer 1 [1].")
            let other = try await b.post(Self.path, Self.ask())
            #expect(Self.text(other) == "Answer 2 [1]." && Self.origin(other) == "model" && !other.text.contains("aardvark"))
            #expect(other.json["usage"]?["prompt_tokens"] == 42)
            // The name used again is another tenant.
            let folder = server.folder.path
            _ = try await CommandLineTool.run(["tenant", "delete", "a", "--data-dir", folder])
            #expect(try await a.post(Self.path, Self.ask()).status == 401)
            let again = try await server.client(tenant: "a")
            _ = try await again.post("/v1/documents?wait=true", ["id": "d", "text": "The secret is an antelope."])
            let answer = try await again.post(Self.path, Self.ask())
            #expect(Self.origin(answer) == "model" && !answer.text.contains("aardvark"), "\(answer.text)")
            // A revoked key gets nothing, warm or not.
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

    /// The provider is told at once when the last who reads has gone, and not before.
    @Test(.timeLimit(.minutes(5))) func theProviderIsLeftWithTheLastReader() async throws {
        try await serve({ _ in [.stall] }) { upstream, server in
            let client = try await server.client(tenant: "t")
            try await withThrowingTaskGroup { group in
                for _ in 0..<5 { group.addTask { _ = try? await client.post(Self.path, Self.ask(["stream": true])) } }
                await upstream.untilRequested(1)
                // All five read: one that came after the others had gone would have another answer made.
                let joined = ("contextd_answer_cache_requests_total", ["result": "shared"])
                while try await PrometheusText(client.get("/metrics").text).value(joined.0, joined.1) != 4 {}
                #expect(upstream.closed == 0)
                group.cancelAll()
            }
            await upstream.untilClosed(1)
            #expect(upstream.requests.count == 1)
        }
    }

    /// A client that is gone before anybody looks at its request: nothing waits for the provider on its behalf.
    @Test(.timeLimit(.minutes(1)), arguments: [true, false])
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
                    // With no word or with one that says so, but long before the provider's time is up.
                    #expect(try await socket.isClosed())
                }
                await upstream.untilAllClosed()
            }
        }
    }
}
