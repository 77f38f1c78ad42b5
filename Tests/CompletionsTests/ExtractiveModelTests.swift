import Citing
import Completions
import JSON
import Testing

@Suite(.timeLimit(.minutes(10))) struct ExtractiveModelTests {
    private let request = ChatRequest(messages: [["role": "user", "content": "Do bees fly?"]], sources: [])

    private func source(_ number: Int, _ text: String) -> CitedSource {
        CitedSource(number: number, document: "d\(number)", span: 0..<text.utf8.count, text: text)
    }

    private func model(_ sentences: [CitedSource]) -> ExtractiveModel {
        ExtractiveModel { question, _, _ in
            #expect(question == "Do bees fly?")
            return .init(sentences: sentences, promptTokens: 40, completionTokens: 9)
        }
    }

    @Test func sentencesWithTheirCitations() async throws {
        let outcome = await Provider.read(model([source(1, "Bees\n fly [12]."), source(2, "Use `a[2]` so.")]), request)
        #expect(outcome.text == "Bees fly. [1]\n\nUse a so. [2]")
        #expect(outcome.end == ChatEnd(finishReason: "stop", usage: TokenUsage(prompt: 40, completion: 9)))
        // A parser of markers finds the citations that were meant.
        var markers = CitationMarkers(known: [1, 2])
        #expect(markers.append(outcome.text) + markers.finish() == outcome.text && markers.occurrences.map(\.number) == [1, 2])
    }

    @Test func nothingIsSaidWhereNothingIsKnown() async throws {
        let outcome = await Provider.read(model([]), request)
        #expect(outcome.text == "The documents do not say." && outcome.end?.usage.prompt == 40 && outcome.end?.usage.completion == 6)
    }

    @Test func aQuestionIsNeededAndFailuresKeepTheirCause() async throws {
        struct Failure: Error {}
        let blank = ChatRequest(messages: [["role": "system", "content": "x"], ["role": "user", "content": " \n"]])
        #expect(await Provider.read(model([]), blank).error?.code == .noQuestion)
        let failing = await Provider.read(ExtractiveModel { _, _, _ in throw Failure() }, request)
        #expect(failing.error?.code == .notChosen && failing.error?.cause is Failure)
    }

    struct Cut: Sendable {
        let parameters: JSONObject
        let text: String
        var finishReason = "stop"
        let tokens: Int
    }

    /// The whole answer is `Bees fly by day. [1]` and `Moths fly at night. [2]`, 12 units of 12 tokens.
    static let cuts = [
        Cut(parameters: ["max_tokens": 12], text: "Bees fly by day. [1]\n\nMoths fly at night. [2]", tokens: 12),
        Cut(parameters: ["max_tokens": 11], text: "Bees fly by day. [1]\n\nMoths fly at night.", finishReason: "length", tokens: 11),
        Cut(parameters: ["max_tokens": 6], text: "Bees fly by day. [1]", finishReason: "length", tokens: 6),
        Cut(parameters: ["max_tokens": 7], text: "Bees fly by day. [1]\n\nMoths", finishReason: "length", tokens: 7),
        Cut(parameters: ["max_tokens": 1], text: "Bees", finishReason: "length", tokens: 1),
        Cut(parameters: ["stop": "\n\n"], text: "Bees fly by day. [1]", tokens: 6),
        Cut(parameters: ["stop": ["night", "Moths"]], text: "Bees fly by day. [1]\n\n", tokens: 7),
        Cut(parameters: ["stop": ["ly b"]], text: "Bees f", tokens: 2), Cut(parameters: ["stop": ["Bees"]], text: "", tokens: 0),
        Cut(parameters: ["stop": ["night"], "max_tokens": 2], text: "Bees fly", finishReason: "length", tokens: 2),
        Cut(parameters: ["stop": ["fly"], "max_tokens": 2], text: "Bees ", tokens: 2),
        Cut(parameters: ["stop": ["2]"]], text: "Bees fly by day. [1]\n\nMoths fly at night. [", tokens: 12),
    ]

    @Test func anAnswerIsCutAtItsLimits() async throws {
        let sentences = [source(1, "Bees fly by day."), source(2, "Moths fly at night.")]
        let model = ExtractiveModel { _, _, _ in .init(sentences: sentences, promptTokens: 40, completionTokens: 12) }
        for cut in Self.cuts {
            var request = request
            request.parameters = cut.parameters
            let outcome = await Provider.read(model, request)
            #expect(outcome.text == cut.text, "\(cut)")
            #expect(outcome.end?.finishReason == cut.finishReason && outcome.end?.usage.completion == cut.tokens, "\(cut): \(outcome)")
        }
        var short = request
        short.parameters = ["max_tokens": 2]
        let refusal = await Provider.read(self.model([]), short)
        #expect(refusal.text == "The documents" && refusal.end?.finishReason == "length")
    }

    /// Text without spaces has a unit for each ideograph, and a limit below the first word still gives a word.
    @Test func aLimitHoldsInEveryScript() async throws {
        let texts = [
            "渡し船は東の岸壁から七時十五分に出る。", "Паром уходит в семь утра от восточного причала.", "مركب يغادر الميناء عند الفجر كل يوم.",
            "e\u{301}te\u{301} 👩‍👩‍👧 ok.",
        ]
        for text in texts {
            for limit in 1...12 {
                var request = request
                request.parameters = ["max_tokens": .init(limit)]
                let sentences = [source(1, text)]
                let model = ExtractiveModel { _, _, _ in .init(sentences: sentences, promptTokens: 40, completionTokens: 24) }
                let outcome = await Provider.read(model, request)
                #expect(
                    !outcome.text.isEmpty && text.hasPrefix(outcome.text) && outcome.text.utf8.count < text.utf8.count, "\(outcome.text)")
                #expect(outcome.end?.usage.completion == limit && outcome.end?.finishReason == "length")
                #expect(outcome.text.split(separator: " ").count <= limit, "\(outcome.text)")
            }
        }
    }

    /// As a fallback it is skipped if the request needs what it cannot do: the client gets the error of the model that it asked for.
    @Test func itIsNoFallbackForWhatItCannotDo() async {
        for (parameters, isAnswered): (JSONObject, Bool) in [
            ([:], true), (["max_tokens": 100, "stop": "zebra"], true), (["response_format": ["type": "json_object"]], false),
            (["tool_choice": "required"], false), (["max_tokens": -1], false),
        ] {
            let failing = ScriptedProvider { _ in .refuse(CompletionError(.providerUnavailable, "down")) }
            let chain = RoutedProvider([
                ChatBackend(name: "m", provider: failing, limits: nil),
                ChatBackend(name: "extractive", provider: model([source(1, "Bees fly.")]), needsSources: true, limits: nil),
            ])
            var request = request
            request.parameters = parameters
            let outcome = await Provider.read(chain, request)
            #expect(isAnswered ? outcome.text == "Bees fly. [1]" : outcome.error?.code == .providerUnavailable, "\(parameters): \(outcome)")
        }
    }

    @Test func modelsAreFoundByName() {
        let provider = model([])
        let models = ChatModels([.init(name: "m", provider: provider, owner: "o")])
            .appending(.init(name: ExtractiveModel.name, provider: provider, owner: "contextd", needsSources: true))
        #expect(models.all.map(\.name) == ["m", "extractive"] && models.defaultModel?.name == "m")
        #expect(TokenUsage(prompt: .max, completion: 1).total == .max)
        #expect(models["extractive"]?.needsSources == true && models["other"] == nil && ChatModels().defaultModel == nil)
    }
}
