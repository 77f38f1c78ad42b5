import Completions
import JSON
import ScriptedUpstream
import Synchronization
import Testing
import Upstream

/// The error that a caller gets for each misbehaviour of a provider, and the number of requests that the provider got.
@Suite(.timeLimit(.minutes(10))) struct ProviderFailureTests {
    static let refusals: [(status: Int, code: CompletionError.Code, requests: Int)] = [
        (400, .providerRejected, 1), (401, .providerUnavailable, 1), (403, .providerUnavailable, 1), (404, .providerUnavailable, 1),
        (413, .providerRejected, 1), (422, .providerRejected, 1), (429, .providerBusy, 3), (500, .providerUnavailable, 3),
        (501, .providerUnavailable, 1), (503, .providerUnavailable, 3), (504, .providerUnavailable, 1),
    ]

    @Test(arguments: refusals) func statuses(status: Int, code: CompletionError.Code, requests: Int) async throws {
        let result = try await Provider.ask { _ in .failure(status) }
        #expect(result.outcome.error?.code == code && result.requests.count == requests, "\(status): \(result)")
        // Client errors are explained; messages that may describe the operator's account are not passed on.
        #expect(result.outcome.error?.providerMessage == (code == .providerRejected ? "scripted" : nil))
    }

    /// A message that is one `Character` is cut by its bytes.
    @Test func aLongMessageIsCut() async throws {
        let message = JSONValue.string("a" + String(repeating: "\u{301}", count: 1_000))
        let result = try await Provider.ask { _ in .answer(400, (["error": ["message": message]] as JSONValue).serialized()) }
        #expect(result.outcome.error?.providerMessage?.unicodeScalars.count == 500)
    }

    @Test func afterAFailureTheSecondAnswerIsTaken() async throws {
        for status in [429, 500, 502, 503] {
            let result = try await Provider.ask { request in
                request.number == 0 ? .failure(status, headers: [("Retry-After", "2")]) : Provider.stream(Provider.text)
            }
            #expect(result.outcome.text == "They do." && result.requests.count == 2, "\(status): \(result)")
        }
    }

    @Test func aLongWaitIsToldAndNotWaited() async throws {
        let waits = Mutex(0)
        try await ScriptedUpstream.serve({ _ in .failure(429, headers: [("Retry-After", "90")]) }) { server in
            let transport = UpstreamTransport()
            let outcome = await Provider.read(try Provider.make(server, transport) { _ in waits.withLock { $0 += 1 } })
            #expect(outcome.error?.code == .providerBusy && outcome.error?.retryAfterSeconds == 90 && server.requests.count == 1)
            await transport.shutDown()
        }
        #expect(waits.withLock { $0 } == 0)
    }

    /// The provider may have started to generate, and a retry would be paid twice.
    @Test func aLostConnectionIsNotAskedAgain() async throws {
        let atOnce = try await Provider.ask { _ in [.close] }
        #expect(atOnce.outcome.error?.code == .providerInterrupted && atOnce.requests.count == 1)
        let inside = try await Provider.ask { _ in
            [.head(length: 5000, type: "text/event-stream"), .text("data: \(Provider.chunk(["content": "They"]))\n\ndata: {\"cho"), .close]
        }
        #expect(inside.outcome.error?.code == .providerInterrupted && inside.outcome.text == "They" && inside.requests.count == 1)
        let cutCharacter = try await Provider.ask { _ in
            [
                .head(length: nil, type: "text/event-stream"),
                .send(Array("data: {\"choices\":[{\"delta\":{\"content\":\"B".utf8) + [0xC3]), .close,
            ]
        }
        #expect(cutCharacter.outcome.error?.code == .providerInterrupted && cutCharacter.outcome.end == nil)
    }

    @Test func aStreamWithoutAnEndIsNoAnswer() async throws {
        let result = try await Provider.ask { _ in Provider.stream(Provider.text, done: false) }
        #expect(result.outcome.error?.code == .providerInterrupted && result.outcome.end == nil && result.outcome.text == "They do.")
        let finished = try await Provider.ask { _ in Provider.stream(Provider.text + [Provider.chunk(finish: "stop")], done: false) }
        #expect(finished.outcome.error == nil && finished.outcome.end?.finishReason == "stop")
    }

    @Test func whatIsNoChunkIsToldApart() async throws {
        for body in ["data: oops\n\n", "data: []\n\n", "data: {\"choices\": 7}\n\n", "data: \u{0}\n\n"] {
            let result = try await Provider.ask { _ in .answer(200, Array(body.utf8), type: "text/event-stream") }
            #expect(result.outcome.error?.code == .providerInvalid, "\(body): \(result)")
        }
        let html = try await Provider.ask { _ in .answer(200, Array("<html>".utf8), type: "text/html") }
        #expect(html.outcome.error?.code == .providerInvalid)
        let nothing = try await Provider.ask { _ in .json(["choices": [], "usage": Provider.usage]) }
        #expect(nothing.outcome.error?.code == .providerInvalid && nothing.outcome.end == nil)
        let error = try await Provider.ask { _ in Provider.stream(Provider.text + [["error": ["message": "out of memory: sk-secret"]]]) }
        #expect(error.outcome.error?.code == .providerUnavailable && error.outcome.text == "They do.")
        #expect(error.outcome.error?.providerMessage == nil && error.outcome.error?.description.contains("sk-") == false)
    }

    @Test func aLineOfTenMegabytesIsRefused() async throws {
        let result = try await Provider.ask { _ in
            .answer(200, Array("data: ".utf8) + Array(repeating: UInt8(ascii: "x"), count: 10 << 20), type: "text/event-stream")
        }
        #expect(result.outcome.error?.code == .providerInvalid && result.requests.count == 1)
    }

    @Test func silenceHasItsLimits() async throws {
        let never = try await Provider.askSilent { _ in
            [.stall]
        } hasSaidAll: {
            $0.requests.count == 1
        }
        #expect(never.outcome.error?.code == .providerTimeout && never.requests.count == 1)
        let headOnly = try await Provider.askSilent { _ in
            [.head(length: nil, type: "text/event-stream"), .stall]
        } hasSaidAll: {
            $0.outcome.error?.partialUsage != nil
        }
        #expect(headOnly.outcome.error?.code == .providerTimeout)
        let midway = try await Provider.askSilent { _ in
            [.head(length: nil, type: "text/event-stream"), .text("data: \(Provider.chunk(["content": "They"]))\n\n"), .stall]
        } hasSaidAll: {
            $0.outcome.text == "They"
        }
        #expect(midway.outcome.error?.code == .providerTimeout && midway.outcome.text == "They")
    }

    /// The last event must not wait for a provider that keeps the body open after `[DONE]`.
    @Test func afterDoneNothingIsAwaited() async throws {
        let result = try await Provider.ask { _ in
            [
                .head(length: nil, type: "text/event-stream"), .text("data: \(Provider.chunk(["content": "They"]))\n\ndata: [DONE]\n\n"),
                .stall,
            ]
        }
        #expect(result.outcome.text == "They" && result.outcome.end?.finishReason == "stop" && result.outcome.error == nil)
    }

    @Test func whoGoesAwayClosesTheConnection() async throws {
        try await ScriptedUpstream.serve({ _ in
            [.head(length: nil, type: "text/event-stream"), .text("data: \(Provider.chunk(["content": "They"]))\n\n"), .stall]
        }) { server in
            let transport = UpstreamTransport()
            let provider = try Provider.make(server, transport)
            let cancelled = Task { await Provider.read(provider) }
            await server.untilRequested(1)
            cancelled.cancel()
            #expect(await cancelled.value.error?.code == .cancelled)
            await server.untilClosed(1)
            // The same for a reader that stops.
            do {
                let events = try await provider.answer(Provider.request, for: ChatCaller("t", incarnation: "1")).events
                #expect(try await events.next()?.first == .delta(ChatDelta(text: "They")))
            }
            await server.untilClosed(2)
            await transport.shutDown()
        }
    }

    /// Usage of an interrupted answer is reported for what was generated; no answer means no usage.
    @Test func whatAnAnswerCostUntilItBrokeOff() async throws {
        // "Do bees fly?" has 12 bytes, "They do." 8.
        let estimated = TokenUsage(prompt: 3, completion: 2, isEstimated: true)
        let cut = try await Provider.ask { _ in Provider.stream(Provider.text, done: false) }
        #expect(cut.outcome.error?.partialUsage == estimated)
        let silent = try await Provider.askSilent { _ in
            Provider.opened(Provider.text) + [.stall]
        } hasSaidAll: {
            $0.outcome.text == "They do."
        }
        #expect(silent.outcome.error?.code == .providerTimeout && silent.outcome.error?.partialUsage == estimated)
        let counted = try await Provider.ask { _ in
            Provider.stream(Provider.text + [Provider.chunk(usage: Provider.usage)], done: false)
        }
        #expect(counted.outcome.error?.partialUsage == TokenUsage(prompt: 11, completion: 7, cachedPrompt: 3, reasoning: 2))
        for status in [400, 429, 500] {
            let refused = try await Provider.ask { _ in .failure(status) }
            #expect(refused.outcome.error != nil && refused.outcome.error?.partialUsage == nil)
        }
    }

    @Test func whoStopsReadingKnowsWhatItCost() async throws {
        try await ScriptedUpstream.serve({ _ in Provider.opened(Provider.text) + [.stall] }) { server in
            let transport = UpstreamTransport()
            let provider = try Provider.make(server, transport)
            var answer: ChatAnswer? = try await provider.answer(Provider.request, for: ChatCaller("t", incarnation: "1"))
            let usage = try #require(answer?.usageSoFar)
            // The first event was read before the answer was returned.
            #expect(usage().prompt == 3 && usage().completion <= 2 && usage().isEstimated)
            #expect(try await answer?.events.next()?.first == .delta(ChatDelta(text: "They ")))
            answer = nil
            // Reading the usage keeps no connection open.
            await server.untilClosed(1)
            #expect(usage().prompt == 3 && (1...2).contains(usage().completion) && usage().isEstimated)
            await transport.shutDown()
        }
    }

    @Test func nobodyThere() async throws {
        let transport = UpstreamTransport()
        let pacing = UpstreamPacing(now: { 0 }, sleep: { _ in }, random: { $0.upperBound })
        let client = UpstreamClient(base: try BaseURL("http://127.0.0.1:1/v1"), key: nil, transport: transport, pacing: pacing)
        let outcome = await Provider.read(OpenAICompatibleProvider(client: client, options: ProviderOptions(model: "m")))
        #expect(outcome.error?.code == .providerUnavailable)
        await transport.shutDown()
    }
}
