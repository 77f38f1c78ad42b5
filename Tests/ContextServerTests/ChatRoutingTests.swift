import AsyncHTTPClient
import CommandSupport
import Foundation
import JSON
import NIOHTTP1
import ScriptedUpstream
import TestSupport
import Testing

/// Configured models: which tenant sees which, fallbacks, and concurrency limits.
@Suite(.timeLimit(.minutes(10))) struct ChatRoutingTests {
    /// Starts a server with these settings for `completions`, and passes `body` its upstream.
    private func serve(
        _ script: @escaping ScriptedUpstream.Script, _ completions: @escaping @Sendable (_ base: JSONValue) -> JSONObject,
        _ body: @escaping @Sendable (ScriptedUpstream, RunningServer) async throws -> Void
    ) async throws {
        try await ScriptedUpstream.serve(script) { upstream in
            let folder = try TestPaths.scratch("routing")
            var section = completions(.string(upstream.base))
            // The response cache is off, so that each question reaches a provider.
            section["cache"] = ["memory": 0]
            let settings: JSONValue = ["completions": .object(section)]
            try settings.description.write(to: folder.appending(path: "contextd.json"), atomically: true, encoding: .utf8)
            let server = try await RunningServer.start(folder: folder)
            try await body(upstream, server)
            withExtendedLifetime(server) {}
        }
    }

    private static func stream(_ text: String) -> [ScriptedUpstream.Step] {
        let chunk: JSONValue = ["choices": [["index": 0, "delta": ["content": .string(text)], "finish_reason": "stop"]]]
        return .answer(200, Array("data: \(chunk)\n\ndata: [DONE]\n\n".utf8), type: "text/event-stream")
    }

    private static func ask(_ model: String?, _ extra: JSONObject = [:], content: String = "How are you?") -> JSONValue {
        var body: JSONObject = ["messages": [["role": "user", "content": .string(content)]]]
        body["model"] = model.map(JSONValue.string)
        for (name, value) in extra { body[name] = value }
        return .object(body)
    }

    private static let path = "/v1/chat/completions"

    @Test func anotherModelStandsInAndIsNamed() async throws {
        try await serve({ request in
            request.json["model"] == "broken" ? .failure(401) : Self.stream("From \(request.json["model"]?.stringValue ?? "").")
        }) { base in
            [
                "models": [
                    "first": ["provider": "openai", "model": "broken", "base_url": base, "fallbacks": ["zweites für alle"]],
                    "zweites für alle": ["provider": "openai", "model": "working", "base_url": base],
                    "last": ["provider": "openai", "model": "broken", "base_url": base, "fallbacks": ["extractive"]],
                ], "aliases": ["gpt-4o": "first"],
            ]
        } _: { upstream, server in
            let client = try await server.client(tenant: "t")
            for name in ["first", "gpt-4o"] {
                for isStream in [false, true] {
                    let answer = try await client.post(Self.path, Self.ask(name, ["stream": .bool(isStream)]))
                    #expect(answer.status == 200 && answer.text.contains("From working."), "\(answer.text)")
                    #expect(answer.headers.first(name: "X-Contextd-Model") == "zweites%20f%C3%BCr%20alle")
                    #expect(isStream || answer.json["model"] == "first")
                }
            }
            // The built-in model is a fallback only for requests with retrieval.
            let without = try await client.post(Self.path, Self.ask("last"))
            #expect(without.status == 502 && without.json["error"]?["code"] == "upstream_unavailable")
            let with = try await client.post(Self.path, Self.ask("last", ["retrieval": [:]]))
            #expect(with.status == 200 && with.headers.first(name: "X-Contextd-Model") == "extractive", "\(with.text)")
            #expect(with.json["choices"]?[0]?["message"]?["content"] == "The documents do not say.")
            #expect(upstream.requests.count == 4 * 2 + 2)
        }
    }

    @Test func failuresOpenTheCircuitBreaker() async throws {
        try await serve({ _ in .failure(500) }) { base in
            ["models": ["m": ["provider": "openai", "base_url": base, "attempts": 1, "breaker_failures": 3, "breaker_seconds": 600]]]
        } _: { upstream, server in
            let client = try await server.client(tenant: "t")
            for _ in 0..<3 { #expect(try await client.post(Self.path, Self.ask("m")).status == 502) }
            for isStream in [false, true] {
                let refused = try await client.post(Self.path, Self.ask("m", ["stream": .bool(isStream)]))
                let wait = refused.headers.first(name: "Retry-After").flatMap { Int($0) } ?? 0
                #expect(refused.status == 503 && refused.json["error"]?["code"] == "model_unavailable", "\(refused.text)")
                #expect((590...900).contains(wait))
            }
            #expect(upstream.requests.count == 3)
            // One tenant's failures do not open the breaker for other tenants.
            let other = try await server.client(tenant: "other")
            #expect(try await other.post(Self.path, Self.ask("m")).status == 502)
        }
    }

    @Test(.timeLimit(.minutes(10))) func aFullQueueIsBusyAndADisconnectFreesASlot() async throws {
        try await serve({ request in
            request.json["temperature"] == 1 ? [.head(length: nil, type: "text/event-stream"), .stall] : Self.stream("Fine.")
        }) { base in
            ["models": ["m": ["provider": "openai", "base_url": base, "concurrency": 1, "queue": 1]]]
        } _: { upstream, server in
            let client = try await server.client(tenant: "t")
            let hanging = Task { try await client.post(Self.path, Self.ask("m", ["temperature": 1])) }
            await upstream.untilRequested(1)
            // One request waits; the others are rejected immediately, since the queue is full.
            let answers = try await withThrowingTaskGroup(of: TestClient.Answer.self) { group in
                for _ in 0..<4 { group.addTask { try await client.post(Self.path, Self.ask("m")) } }
                var answers: [TestClient.Answer] = []
                for _ in 0..<3 { if let answer = try await group.next() { answers.append(answer) } }
                // The client that holds the slot disconnects.
                hanging.cancel()
                if let answer = try await group.next() { answers.append(answer) }
                return answers
            }
            for refused in answers.prefix(3) {
                #expect(refused.status == 429 && refused.json["error"]?["code"] == "model_busy", "\(refused.text)")
                #expect(refused.headers.first(name: "Retry-After") != nil)
            }
            #expect(answers.last?.status == 200 && answers.last?.text.contains("Fine.") == true)
            _ = await hanging.result
        }
    }

    /// The single usage row of a request includes the usage of a model that failed before its first word.
    @Test(arguments: [false, true]) func aRowHoldsWhatWasAskedInVain(isStream: Bool) async throws {
        try await serve({ request in
            request.json["model"] == "breaks" ? ScriptedProtocol.anthropic.opened([]) + [.close] : ScriptedProtocol.openAI.answer(["Fine."])
        }) { base in
            [
                "models": [
                    "breaks": ["provider": "anthropic", "base_url": base, "fallbacks": ["works"]],
                    "works": ["provider": "openai", "base_url": base],
                ]
            ]
        } _: { upstream, server in
            let client = try await server.client(tenant: "t")
            let answer = try await client.post(Self.path, Self.ask("breaks", ["stream": .bool(isStream)]))
            #expect(answer.status == 200 && answer.text.contains("Fine."), "\(answer.text)")
            // The usage in the response is that of the model that answered.
            #expect(isStream || answer.json["usage"]?["prompt_tokens"]?.intValue == ScriptedProtocol.promptTokens)
            let rows = try await UsageTests.rows(client)
            #expect(rows.count == 1 && rows[0]["outcome"] == "completed" && rows[0]["model"] == "works", "\(rows)")
            #expect(rows[0]["prompt_tokens"]?.intValue == 2 * ScriptedProtocol.promptTokens, "\(rows)")
            #expect(rows[0]["completion_tokens"]?.intValue == ScriptedProtocol.completionTokens + 1, "\(rows)")
            #expect(upstream.requests.count == 2)
        }
    }

    /// Nothing was sent for a client that disconnected while waiting in the queue.
    @Test(.timeLimit(.minutes(10))) func cancellingInTheQueueCostsNothing() async throws {
        try await serve({ _ in [.head(length: nil, type: "text/event-stream"), .stall] }) { base in
            ["models": ["m": ["provider": "openai", "base_url": base, "concurrency": 1, "queue": 4]]]
        } _: { upstream, server in
            let (first, second) = (try await server.client(tenant: "first"), try await server.client(tenant: "second"))
            let hanging = Task { try await first.post(Self.path, Self.ask("m")) }
            await upstream.untilRequested(1)
            let waiting = Task { try await second.post(Self.path, Self.ask("m")) }
            let line = ["model": "m", "state": "waiting"]
            while try await PrometheusText(second.get("/metrics").text).value("contextd_model_requests", line) != 1 {}
            waiting.cancel()
            while try await PrometheusText(second.get("/metrics").text).value("contextd_completions_in_flight") != 1 {}
            let rows = try await UsageTests.rows(second)
            #expect(rows.count == 1 && rows[0]["outcome"] == "cancelled", "\(rows)")
            #expect(rows[0]["prompt_tokens"] == 0 && rows[0]["completion_tokens"] == 0 && rows[0]["estimated"] == false, "\(rows)")
            hanging.cancel()
            _ = await (hanging.result, waiting.result)
            #expect(upstream.requests.count == 1)
        }
    }

    @Test func tenantsSeeTheirOwnModels() async throws {
        try await serve({ request in Self.stream("From \(request.json["model"]?.stringValue ?? "").") }) { base in
            [
                "models": [
                    "local": ["provider": "openai", "base_url": base], "secret-model": ["provider": "openai", "base_url": base],
                ], "default": "secret-model", "aliases": ["common": "secret-model"],
                "tenants": [
                    "narrow": ["models": ["local", "extractive"], "aliases": ["gpt-4o": "local"], "default": "local"],
                    "wide": ["aliases": ["gpt-4o": "secret-model"]],
                ],
            ]
        } _: { _, server in
            func listed(_ client: TestClient) async throws -> [String] {
                try await client.get("/v1/models").json["data"]?.arrayValue?.compactMap { $0["id"]?.stringValue } ?? []
            }
            let narrow = try await server.client(tenant: "narrow")
            let wide = try await server.client(tenant: "wide")
            let other = try await server.client(tenant: "other")
            #expect(try await listed(narrow).dropLast() == ["local", "extractive", "gpt-4o"])
            #expect(try await listed(wide).dropLast() == ["local", "secret-model", "extractive", "gpt-4o", "common"])
            #expect(try await listed(other).dropLast() == ["local", "secret-model", "extractive", "common"])
            #expect(try await narrow.post(Self.path, Self.ask("gpt-4o")).text.contains("From local."))
            #expect(try await wide.post(Self.path, Self.ask("gpt-4o")).text.contains("From secret-model."))
            #expect(try await narrow.post(Self.path, Self.ask(nil)).json["model"] == "local")
            #expect(try await other.post(Self.path, Self.ask(nil)).json["model"] == "secret-model")
            // A model of another tenant is reported like one that does not exist.
            for name in ["secret-model", "common"] {
                let hidden = try await narrow.post(Self.path, Self.ask(name))
                let missing = try await narrow.post(Self.path, Self.ask("missing"))
                #expect(hidden.status == 404 && hidden.json["error"]?["code"] == "model_not_found", "\(hidden.text)")
                #expect(hidden.json["error"] == missing.json["error"] && !hidden.text.contains("secret"), "\(hidden.text)")
            }
            #expect(try await other.post(Self.path, Self.ask("gpt-4o")).status == 404)
        }
    }

    @Test func retrievalHasDefaults() async throws {
        try await serve({ _ in Self.stream("Yes.") }) { base in
            [
                "models": ["m": ["provider": "openai", "base_url": base]], "retrieval": ["limit": 1],
                "tenants": ["asks": ["retrieval": ["enabled": true, "mode": "lexical"]], "never": ["retrieval": ["enabled": false]]],
            ]
        } _: { upstream, server in
            for tenant in ["asks", "never"] {
                let client = try await server.client(tenant: tenant)
                for number in 0..<3 {
                    let text = "Note \(number): the heron of river \(number) eats fish."
                    #expect(
                        try await client.post("/v1/documents?wait=true", ["id": .string("d\(number)"), "text": .string(text)]).status == 200
                    )
                }
                let before = upstream.requests.count
                for extra in [[:], ["retrieval": [:]], ["retrieval": ["limit": 3]], ["retrieval": ["enabled": false]]] as [JSONObject] {
                    #expect(try await client.post(Self.path, Self.ask("m", extra, content: "Which heron eats fish?")).status == 200)
                }
                let sources = upstream.requests.dropFirst(before).map { request in
                    request.json["messages"]?[0]?["content"]?.stringValue.map(plainTags)?.ranges(of: "<source number").count
                }
                #expect(sources == (tenant == "asks" ? [1, 1, 3, 0] : [0, 1, 3, 0]))
                // A model that cannot answer without context retrieves anyway.
                #expect(try await client.post(Self.path, Self.ask("extractive", content: "Which heron eats fish?")).status == 200)
            }
        }
    }

    @Test func whatDoesNotFitIsToldBeforeItIsSent() async throws {
        try await serve({ _ in Self.stream("Yes.") }) { base in
            ["models": ["m": ["provider": "openai", "base_url": base, "context_tokens": 1200]]]
        } _: { upstream, server in
            let client = try await server.client(tenant: "t")
            let text = (0..<400).map { "The heron of river \($0) eats fish number \($0).\n\n" }.joined()
            #expect(try await client.post("/v1/documents?wait=true", ["id": "herons", "text": .string(text)]).status == 200)
            let long = String(repeating: "Which heron eats fish? ", count: 200)
            for extra in [[:], ["stream": true], ["retrieval": [:]]] as [JSONObject] {
                let refused = try await client.post(Self.path, Self.ask("m", extra, content: long))
                #expect(refused.status == 400 && refused.json["error"]?["code"] == "context_length_exceeded", "\(refused.text)")
                #expect(refused.text.contains("1200 tokens"))
            }
            let tooMuch = try await client.post(Self.path, Self.ask("m", ["max_tokens": 1200]))
            #expect(tooMuch.status == 400 && tooMuch.json["error"]?["code"] == "context_length_exceeded")
            #expect(upstream.requests.isEmpty)
            // A request that fits is sent with as many sources as fit.
            let asked = Self.ask(
                "m", ["retrieval": ["limit": 50, "max_context_tokens": 4000], "max_tokens": 300], content: "Which heron?")
            #expect(try await client.post(Self.path, asked).status == 200)
            let sent = try #require(upstream.requests.first)
            let bytes = sent.json["messages"]?[0]?["content"]?.stringValue?.utf8.count ?? 0
            #expect((900...2700).contains(bytes), "\(bytes)")
        }
    }

    private static func model(_ extra: JSONObject = [:]) -> JSONValue {
        var model: JSONObject = ["provider": "openai"]
        for (name, value) in extra { model[name] = value }
        return .object(model)
    }

    static let wrongSettings: [(completions: JSONObject, says: String)] = [
        (["models": ["a": model(["fallbacks": ["b"]])]], "completions.models.a.fallbacks: there is no model \"b\""),
        (["models": ["alpha": model(), "b": model(["fallbacks": ["alhpa"]])]], "did you mean \"alpha\"?"),
        (["models": ["a": model(["fallbacks": ["b"]]), "b": model(["fallbacks": ["a"]])]], "form a cycle: \"a\" → \"b\" → \"a\""),
        (["models": ["a": model(["fallbacks": ["a"]])]], "form a cycle: \"a\" → \"a\""),
        (["models": ["a": model(["fallbacks": "b"])]], "completions.models.a.fallbacks must be an array of strings"),
        (["models": ["a": model(["concurrency": 0])]], "completions.models.a.concurrency must be an integer from 1 to 4096"),
        (["models": ["a": model(["queue": -1])]], "completions.models.a.queue"),
        (["models": ["a": model(["attempts": 99])]], "completions.models.a.attempts"),
        (["models": ["a": model(["context_tokens": 1])]], "completions.models.a.context_tokens"),
        (["models": ["a": model(["concurency": 1])]], "did you mean completions.models.a.concurrency?"),
        (["default": "x"], "completions.default: there is no model \"x\""),
        (["default": 7], "completions.default must be a string"),
        (["aliases": ["a": "x"]], "completions.aliases.a: there is no model \"x\""),
        (["aliases": ["a": 1]], "completions.aliases.a must be a model name"),
        (["aliases": ["extractive": "extractive"]], "completions.aliases.extractive must not have the name of a model"),
        (["aliases": ["a": "extractive", "b": "a"]], "completions.aliases.b: there is no model \"a\""),
        (["retrieval": ["limit": 0]], "completions.retrieval.limit"),
        (["retrieval": ["limits": 1]], "did you mean completions.retrieval.limit?"),
        (["retrieval": ["mode": "x"]], "completions.retrieval.mode must be one of"),
        (["retrieval": 1], "completions.retrieval must be an object"),
        (["tenants": ["A!": [:]]], "completions.tenants.A!: invalid tenant id"),
        (["tenants": ["t": 1]], "completions.tenants.t must be an object"),
        (["tenants": ["t": ["model": []]]], "did you mean completions.tenants.t.models?"),
        (["tenants": ["t": ["models": []]]], "completions.tenants.t.models must be an array of strings with 1 to"),
        (["tenants": ["t": ["models": ["x"]]]], "completions.tenants.t.models: there is no model \"x\""),
        (
            ["models": ["a": model()], "tenants": ["t": ["models": ["extractive"], "default": "a"]]],
            "completions.tenants.t.default: there is no model \"a\""
        ),
        (
            ["models": ["a": model()], "tenants": ["t": ["models": ["extractive"], "aliases": ["b": "a"]]]],
            "completions.tenants.t.aliases.b: there is no model \"a\""
        ),
        (["tenants": ["t": ["retrieval": ["enabled": 1]]]], "completions.tenants.t.retrieval.enabled must be true or false"),
        (["tenants": ["t": ["retrieval": ["x": 1]]]], "completions.tenants.t.retrieval.x is not a setting"),
        (["modles": [:]], "did you mean completions.models?"),
    ]

    @Test func wrongSettingsAreOneLineAtTheStart() async throws {
        let folder = try TestPaths.scratch("routing-settings")
        _ = try await CommandLineTool.run(["tenant", "create", "t", "--data-dir", folder.path])
        for (completions, says) in Self.wrongSettings {
            let settings: JSONValue = ["completions": .object(completions)]
            try settings.description.write(to: folder.appending(path: "contextd.json"), atomically: true, encoding: .utf8)
            let result = try await CommandLineTool.run(["ask", "x", "--tenant", "t", "--data-dir", folder.path])
            #expect(result.status == 2 && result.errors.contains(says), "\(settings): \(result)")
            #expect(result.errors.split(separator: "\n").count == 1, "\(result)")
        }
    }
}
