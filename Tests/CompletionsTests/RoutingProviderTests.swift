import Citing
import Completions
import JSON
import Scheduling
import ScriptedUpstream
import Synchronization
import TestSupport
import Testing
import Upstream

@Suite(.timeLimit(.minutes(10))) struct RoutingProviderTests {
    private static let busy = CompletionError(.providerBusy, "busy")
    private static let down = CompletionError(.providerUnavailable, "down", cause: UpstreamError(.connect, "down"))
    private static let lost = CompletionError(.providerInterrupted, "lost", cause: UpstreamError(.interrupted, "lost"))
    private static let rejected = CompletionError(.providerRejected, "no")

    private func ask(_ chain: [ChatBackend], _ request: ChatRequest = Provider.request) async -> Outcome {
        await Provider.read(RoutedProvider(chain), request)
    }

    @Test func whatCostNothingIsAskedAgainAndThenTheNext() async throws {
        let time = ManualTime()
        let first = ScriptedProvider { _ in .refuse(Self.down) }
        let second = ScriptedProvider { $0 == 0 ? .refuse(Self.busy) : .say(["They ", "do."]) }
        let chain = [time.backend("a", first), time.backend("b", second)]
        let answer = try await RoutedProvider(chain).answer(Provider.request, for: .test("t"))
        #expect(answer.backend == "b" && first.asked == 3 && second.asked == 2)
        #expect(time.waits == [.milliseconds(250), .milliseconds(500), .milliseconds(250)])
        #expect(await ask(chain).text == "They do.")
    }

    @Test func whatWasAskedInVainIsCounted() async throws {
        let time = ManualTime()
        var broken = CompletionError(.providerInterrupted, "broken")
        broken.partialUsage = TokenUsage(prompt: 50, completion: 3, cachedPrompt: 7)
        let vain = [Self.down, broken, Self.lost, Self.busy].enumerated().map { number, failure in
            time.backend("\(number)", ScriptedProvider { _ in .refuse(failure) })
        }
        // The usage of the interrupted answer, and the prompt of the lost request: "Do bees fly?" has 12 bytes.
        let expected = TokenUsage(prompt: 53, completion: 3, cachedPrompt: 7, isEstimated: true)
        let answer = try await RoutedProvider(vain + [time.backend("b", ScriptedProvider { _ in .say(["Word."]) })])
            .answer(Provider.request, for: .test("t"))
        #expect(answer.priorUsage == expected)
        let first = try await RoutedProvider([time.backend("b", ScriptedProvider { _ in .say(["Word."]) })])
            .answer(Provider.request, for: .test("t"))
        #expect(first.priorUsage == nil)
        // The usage of the last attempt is reported separately from that of earlier attempts.
        for last in [broken, Self.rejected] {
            let failed = await ask(vain + [time.backend("b", ScriptedProvider { _ in .refuse(last) })])
            #expect(failed.error?.code == last.code && failed.error?.priorUsage == expected)
            #expect(failed.error?.partialUsage == last.partialUsage)
        }
    }

    @Test func onlyWhatCostNothingIsAskedAgain() async {
        for (failure, asked) in [(Self.busy, 3), (Self.down, 3), (Self.lost, 1), (Self.rejected, 1)] {
            for begins in [false, true] {
                let time = ManualTime()
                let provider = ScriptedProvider { _ in begins ? .say([], failing: failure) : .refuse(failure) }
                let outcome = await ask([time.backend("a", provider)])
                #expect(outcome.error?.code == failure.code && provider.asked == asked, "\(failure)")
            }
        }
        let gateway = UpstreamError(.serverFailed, "504", status: 504)
        var begun = Self.busy
        begun.partialUsage = TokenUsage(prompt: 3, completion: 0)
        #expect(Self.busy.didNoWork && !begun.didNoWork)
        #expect(!CompletionError(.providerUnavailable, "504", cause: gateway).didNoWork)
        #expect(CompletionError(.providerUnavailable, "503", cause: UpstreamError(.serverFailed, "503", status: 503)).didNoWork)
    }

    @Test func afterTheFirstTokenNothingIsAskedAgain() async {
        let time = ManualTime()
        let first = ScriptedProvider { _ in .say(["They "], failing: Self.busy) }
        let second = ScriptedProvider { _ in .say(["Other."]) }
        let backend = time.backend("a", first)
        let outcome = await ask([backend, time.backend("b", second)])
        #expect(outcome.text == "They " && outcome.error?.code == .providerBusy && outcome.end == nil)
        #expect(first.asked == 1 && second.asked == 0 && time.waits.isEmpty && backend.limiter?.running == 0)
    }

    @Test func theCallersOwnFaultIsToldAtOnce() async {
        let time = ManualTime()
        for code in [CompletionError.Code.providerRejected, .noQuestion, .notChosen, .cancelled] {
            let second = ScriptedProvider { _ in .say(["Other."]) }
            let first = ScriptedProvider { _ in .refuse(CompletionError(code, "x")) }
            let outcome = await ask([time.backend("a", first), time.backend("b", second)])
            #expect(outcome.error?.code == code && first.asked == 1 && second.asked == 0)
        }
        for code in CompletionError.Code.allCases where CompletionError(code, "x").mayFallBack {
            let first = ScriptedProvider { _ in .refuse(CompletionError(code, "x")) }
            let outcome = await ask([time.backend("a", first), time.backend("b", ScriptedProvider { _ in .say(["Other."]) })])
            #expect(outcome.text == "Other.", "\(code)")
        }
    }

    @Test func anAnswerWithoutAnyEventIsNone() async {
        struct Mute: ChatProvider {
            func answer(_ request: ChatRequest, for caller: ChatCaller) async throws(CompletionError) -> ChatAnswer {
                ChatAnswer(sources: [], events: ChatEvents { nil }) { TokenUsage(prompt: 0, completion: 0) }
            }
        }
        let time = ManualTime()
        #expect(await ask([time.backend("a", Mute())]).error?.code == .providerInvalid)
        #expect(await ask([]).error?.code == .modelUnavailable)
    }

    @Test func anOpenCircuitIsPassedOverAndTriedAgainLater() async {
        let time = ManualTime()
        var limits = BackendLimits(retries: .none)
        limits.circuit.failuresInRow = 4
        let isDown = Mutex(true)
        let first = ScriptedProvider { _ in isDown.withLock { $0 } ? .refuse(Self.lost) : .say(["First."]) }
        let second = ScriptedProvider { _ in .say(["Second."]) }
        let backend = time.backend("a", first, limits)
        let chain = [backend, time.backend("b", second)]
        for _ in 0..<10 { #expect(await ask(chain).text == "Second.") }
        #expect(first.asked == 4 && second.asked == 10)
        let alone = await ask([backend])
        #expect(alone.error?.code == .modelUnavailable && alone.error?.retryAfterSeconds == 15 && first.asked == 4)
        time.pass(.seconds(15))
        #expect(await ask(chain).text == "Second." && first.asked == 5, "one probe, which failed")
        #expect(await ask(chain).text == "Second." && first.asked == 5)
        isDown.withLock { $0 = false }
        time.pass(.seconds(15))
        for _ in 0..<3 { #expect(await ask(chain).text == "First.") }
        #expect(first.asked == 8)
        // Client errors do not open the breaker.
        let refusing = ScriptedProvider { _ in .refuse(Self.rejected) }
        let other = time.backend("c", refusing, limits)
        for _ in 0..<20 { #expect(await ask([other]).error?.code == .providerRejected) }
        #expect(refusing.asked == 20)
    }

    @Test func retriesEndWhereTheCircuitOpens() async {
        let time = ManualTime()
        var limits = BackendLimits(retries: BackendLimits.retries(attempts: 10))
        limits.circuit.failuresInRow = 4
        let provider = ScriptedProvider { _ in .refuse(Self.down) }
        // The error is the provider's own failure, not the open breaker.
        #expect(await ask([time.backend("a", provider, limits)]).error?.code == .providerUnavailable)
        #expect(provider.asked == 4)
    }

    @Test func aModelStandsInOnlyForWhatItCanAnswer() async {
        let time = ManualTime()
        let down = time.backend("a", ScriptedProvider { _ in .refuse(Self.lost) })
        let (extractive, small) = (ScriptedProvider { _ in .say(["From sources."]) }, ScriptedProvider { _ in .say(["Small."]) })
        let chain = [
            down, time.backend("x", extractive, nil, needsSources: true), time.backend("s", small, contextTokens: 2000),
        ]
        #expect(await ask(chain).text == "Small.")
        var request = Provider.request
        request.sources = []
        #expect(await ask(chain, request).text == "From sources.")
        request.sources = nil
        request.parameters["max_tokens"] = 1999
        #expect(await ask(chain, request).error?.code == .providerInterrupted && small.asked == 1)
        request.parameters["max_tokens"] = .init(Int.max)
        #expect(await ask(chain, request).error?.code == .providerInterrupted)
    }

    @Test func aFullQueueFallsBackOrReturnsRetryAfter() async throws {
        let time = ManualTime()
        let limits = BackendLimits(concurrency: 1, queue: 0)
        let provider = ScriptedProvider { _ in .say(["Word."]) }
        let backend = time.backend("a", provider, limits)
        let held = try await RoutedProvider([backend]).answer(Provider.request, for: .test("other"))
        let refused = await ask([backend])
        #expect(refused.error?.code == .modelBusy && refused.error?.retryAfterSeconds == 1)
        #expect(await ask([backend, time.backend("b", ScriptedProvider { _ in .say(["Second."]) })]).text == "Second.")
        // The slot is free after the last event, even if the answer is still referenced.
        let events = held.events
        while case .delta? = try await events.next()?.last {}
        #expect(backend.limiter?.running == 0)
        #expect(await ask([backend]).text == "Word.")
        withExtendedLifetime(held) {}
    }

    @Test(.timeLimit(.minutes(10))) func whoWaitsIsWokenOrLeaves() async throws {
        let time = ManualTime()
        let backend = time.backend("a", ScriptedProvider { $0 == 0 ? .stall : .say(["Word."]) }, BackendLimits(concurrency: 1, queue: 8))
        let gate = try #require(backend.limiter)
        var held: ChatAnswer? = try await RoutedProvider([backend]).answer(Provider.request, for: .test("t"))
        let waiting = [Task { await ask([backend]) }, Task { await ask([backend]) }]
        try await waitUntil { gate.waiting == 2 }
        waiting[0].cancel()
        let left = await waiting[0].value.error
        #expect(left?.code == .cancelled && left?.cost(ofPrompt: TokenUsage(prompt: 9, completion: 0)) == TokenUsage.none)
        #expect(gate.waiting == 1 && gate.running == 1)
        // The first answer is dropped without being read.
        #expect(held?.backend == "a")
        held = nil
        #expect(await waiting[1].value.text == "Word.")
        #expect(gate.waiting == 0 && gate.running == 0)
    }

    /// Answers of several callers that complete, fail, stall, are dropped, rejected or cancelled at any point.
    @Test(.timeLimit(.minutes(10)), arguments: 0..<4 as Range<UInt64>) func noPlaceIsEverLost(seed: UInt64) async throws {
        let time = ManualTime()
        let steps = Mutex(SplitMix64(seed: seed))
        let provider = ScriptedProvider { _ in
            steps.withLock { rng in
                switch Int.random(in: 0..<8, using: &rng) {
                case 0: .refuse(Self.busy)
                case 1: .refuse(Self.lost)
                case 2: .say(["a", "b"], failing: Self.lost)
                case 3: .stall
                case 4: .silence
                default: .say(["a", "b", "c"])
                }
            }
        }
        var limits = BackendLimits(concurrency: 4, queue: 24)
        (limits.circuit.failuresInRow, limits.circuit.failureShare) = (1_000_000, 2)
        let backend = time.backend("a", provider, limits)
        var rng = SplitMix64(seed: seed + 100)
        let plans = (0..<1000).map { _ in
            (
                caller: ChatCaller.test("\(Int.random(in: 0..<5, using: &rng))"), events: Int.random(in: 0...5, using: &rng),
                yields: Int.random(in: 0..<400, using: &rng)
            )
        }
        await withTaskGroup(of: Void.self) { group in
            for (place, plan) in plans.enumerated() {
                // More concurrent requests than there are slots.
                if place >= 40 { await group.next() }
                group.addTask {
                    let asking = Task {
                        let answer = try await RoutedProvider([backend]).answer(Provider.request, for: plan.caller)
                        let events = answer.events
                        for _ in 0..<plan.events { _ = try await events.next() }
                    }
                    for _ in 0..<plan.yields { await Task.yield() }
                    asking.cancel()
                    _ = await asking.result
                }
            }
        }
        #expect(backend.limiter?.running == 0 && backend.limiter?.waiting == 0, "seed \(seed)")
        #expect(provider.mostAtOnce <= 4 && provider.asked > 100, "seed \(seed): \(provider.mostAtOnce) of \(provider.asked)")
        #expect(await ask([time.backend("b", ScriptedProvider { _ in .say(["Word."]) })]).text == "Word.")
    }

    @Test func overHTTPTheNextProviderAnswers() async throws {
        try await ScriptedUpstream.serve({ _ in .failure(503) }) { broken in
            try await ScriptedUpstream.serve({ _ in Provider.stream(Provider.text) }) { working in
                let transport = UpstreamTransport()
                let time = ManualTime()
                func backend(_ name: String, _ server: ScriptedUpstream) throws -> ChatBackend {
                    let client = UpstreamClient(base: try BaseURL(server.base), key: nil, transport: transport)
                    return time.backend(name, OpenAICompatibleProvider(client: client, options: ProviderOptions(model: name)))
                }
                let outcome = await ask([try backend("a", broken), try backend("b", working)])
                #expect(outcome.text == "They do." && broken.requests.count == 3 && working.requests.count == 1)
                #expect(working.requests.first?.json["model"] == "b")
                await transport.shutDown()
            }
        }
    }
}
