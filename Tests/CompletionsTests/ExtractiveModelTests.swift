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

    @Test func modelsAreFoundByName() {
        let provider = model([])
        let models = ChatModels([.init(name: "m", provider: provider, owner: "o")])
            .appending(.init(name: ExtractiveModel.name, provider: provider, owner: "contextd", needsSources: true))
        #expect(models.all.map(\.name) == ["m", "extractive"] && models.defaultModel?.name == "m")
        #expect(TokenUsage(prompt: .max, completion: 1).total == .max)
        #expect(models["extractive"]?.needsSources == true && models["other"] == nil && ChatModels().defaultModel == nil)
    }
}
