import Citing
import Completions
import JSON
import Testing

@Suite(.timeLimit(.minutes(10))) struct RoutingModelsTests {
    private static let silent = ScriptedProvider { _ in .say(["x"]) }

    private func model(_ name: String, _ fallbacks: [String] = [], says: String? = nil) -> ChatModels.Model {
        let provider = ScriptedProvider { _ in
            says.map { .say([$0]) } ?? .refuse(CompletionError(.providerTimeout, "late"))
        }
        return ChatModels.Model(name: name, provider: provider, owner: "o-\(name)", fallbacks: fallbacks, limits: BackendLimits())
    }

    private var models: ChatModels {
        ChatModels(
            [model("a", ["b", "d"]), model("b", ["c"]), model("c", says: "c"), model("d", says: "d")],
            policy: ModelPolicy(
                defaultModel: "b", aliases: [ModelAlias(name: "gpt", model: "a"), ModelAlias(name: "old", model: "d")],
                tenants: [
                    "narrow": .init(models: ["a", "d"], aliases: [ModelAlias(name: "c", model: "d")]),
                    "own": .init(defaultModel: "d", aliases: [ModelAlias(name: "gpt", model: "c")]),
                    "single": .init(models: ["c"]),
                ]))
    }

    private func answer(_ model: ChatModels.Model?) async -> String? {
        guard let model else { return nil }
        return await Provider.read(model.provider, Provider.request).text
    }

    @Test func eachTenantSeesItsOwn() async {
        let names = { (tenant: String) in self.models[tenant: tenant].listed.map(\.name) }
        #expect(names("other") == ["a", "b", "c", "d", "gpt", "old"] && models[tenant: "other"].defaultModel?.name == "b")
        #expect(names("narrow") == ["a", "d", "c", "gpt", "old"] && models[tenant: "narrow"]["b"] == nil)
        // The common default model is not available to it.
        #expect(models[tenant: "narrow"].defaultModel?.name == "a" && models[tenant: "narrow"]["c"]?.name == "d")
        #expect(models[tenant: "own"].defaultModel?.name == "d" && models[tenant: "own"]["gpt"]?.name == "c")
        #expect(names("single") == ["c"] && models[tenant: "single"]["gpt"] == nil && models[tenant: "single"]["nothing"] == nil)
        #expect(models[tenant: "other"].listed.first { $0.name == "gpt" }?.owner == "o-a")
    }

    /// A model that a tenant may not use is not a fallback for that tenant either.
    @Test func fallbacksStayWithinWhatATenantMayUse() async {
        #expect(await answer(models["a"]) == "c")
        #expect(await answer(models[tenant: "narrow"]["a"]) == "d")
        #expect(await answer(models[tenant: "narrow"]["gpt"]) == "d")
        let alone = ChatModels([model("a", ["b"]), model("b", says: "b")], policy: ModelPolicy(tenants: ["t": .init(models: ["a"])]))
        #expect(await answer(alone[tenant: "t"]["a"]) == "" && alone[tenant: "t"]["b"] == nil)
    }

    @Test func aModelThatIsAddedStandsInToo() async {
        let base = ChatModels([model("a", ["late"])], policy: ModelPolicy(defaultModel: "late"))
        #expect(await answer(base["a"]) == "" && base.defaultModel?.name == "a")
        let both = base.appending(model("late", says: "late"))
        #expect(await answer(both["a"]) == "late" && both.defaultModel?.name == "late")
    }

    @Test func circlesAreFound() {
        #expect(FallbackChains.cycle([("a", ["b", "c"]), ("b", ["c"]), ("c", [])]) == nil)
        #expect(FallbackChains.cycle([("a", ["a"])]) == ["a", "a"])
        #expect(FallbackChains.cycle([("x", ["a"]), ("a", ["b"]), ("b", ["c"]), ("c", ["a"])]) == ["a", "b", "c", "a"])
        // A long chain with many paths to the same model.
        let chain = (0..<5000).map { ("\($0)", ["\($0 + 1)", "\($0 + 2)"]) }
        #expect(FallbackChains.cycle(chain) == nil)
        #expect(FallbackChains.cycle(chain + [("5000", ["4999"])])?.count == 3)
    }

    @Test func whatFitsIsEstimated() {
        let window = ContextWindow(tokens: 1000)
        var request = ChatRequest(messages: [["role": "user", "content": .string(String(repeating: "x", count: 284))]])
        #expect(window.conversationTokens(request) == 100 && window.answerTokens(request) == 250 && window.roomLeft(request) == 650)
        #expect(window.roomForSources(request) == 450)
        request.parameters["max_tokens"] = 901
        #expect(window.roomLeft(request) == -1)
        request.parameters["max_completion_tokens"] = 900
        #expect(window.roomLeft(request) == 0)
        request.parameters["tools"] = [["type": "function"]]
        #expect(window.roomLeft(request) < 0)
        for absurd in [Int.max, Int.min] {
            request.parameters["max_completion_tokens"] = .init(absurd)
            #expect(ContextWindow(tokens: absurd).roomLeft(request) <= 1 << 40)
        }
    }
}
