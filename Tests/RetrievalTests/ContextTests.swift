import Catalog
import Citing
import Embeddings
import Retrieval
import Tenancy
import TestSupport
import Testing

/// Context from a search: whole passages, merged, within the token budget, and identical to the stored text.
@Suite(.timeLimit(.minutes(10))) struct ContextTests {
    private func sources(
        _ fixture: RetrievalFixture, _ query: String, limit: Int = 10, tokens: Int = 4096, in scope: TenantScope
    ) async throws -> [CitedSource] {
        let assembler = ContextAssembler(retriever: fixture.retriever, catalog: fixture.catalog)
        return try await assembler.sources(
            ContextRequest(search: SearchRequest(query: query, limit: limit), maximumTokens: tokens), in: scope)
    }

    @Test func neighboursBecomeOneSource() async throws {
        let fixture = try await RetrievalFixture()
        let text = "red fish one\n\nred fish two\n\nblue sky\n\nred fish four"
        try await fixture.write("d", text, in: fixture.a)
        try await fixture.write("e", "green tree", in: fixture.a)
        let found = try await sources(fixture, "red fish", limit: 3, in: fixture.a)
        #expect(found.map(\.text) == ["red fish one\n\nred fish two", "red fish four"])
        #expect(found.map(\.number) == [1, 2] && found[0].chunks.count == 2 && found[0].span == 0..<26)
        let whole = try await sources(fixture, "red fish", limit: 5, in: fixture.a)
        #expect(whole.map(\.text).contains(text) && whole.first { $0.document == "d" }?.chunks.count == 4)
        for source in whole + found {
            let stored = try await fixture.catalog.documentWithText(.test(source.document), in: fixture.a).text
            #expect(Array(Array(stored.utf8)[source.span]) == Array(source.text.utf8))
        }
    }

    @Test func whatSaysTheSameIsThereOnce() async throws {
        let fixture = try await RetrievalFixture()
        for id in ["a", "b", "c"] { try await fixture.write(id, id == "b" ? "red  fish\nswim" : "red fish swim", in: fixture.a) }
        #expect(try await sources(fixture, "red fish", in: fixture.a).count == 1)
    }

    @Test func theBudgetTakesWholePassagesOnly() async throws {
        let fixture = try await RetrievalFixture()
        let long = "red fish " + String(repeating: "word ", count: 200)
        try await fixture.write("long", long, in: fixture.a)
        for place in 0..<5 { try await fixture.write("short\(place)", "red fish number \(place)", in: fixture.a) }
        let all = try await sources(fixture, "red fish", in: fixture.a)
        #expect(all.count == 6)
        // 120 tokens are 360 bytes: the long passage does not fit, but three short ones with their tags do.
        let few = try await sources(fixture, "red fish", tokens: 120, in: fixture.a)
        #expect(few.count == 3 && few.allSatisfy { $0.text.hasPrefix("red fish number") }, "\(few)")
        #expect(try await sources(fixture, "red fish", tokens: 0, in: fixture.a).isEmpty)
        #expect(try await sources(fixture, "red fish", tokens: .max, in: fixture.a).count == 6)
    }

    @Test func whatIsGoneOrOthersDoesNotVerify() async throws {
        let fixture = try await RetrievalFixture()
        let assembler = ContextAssembler(retriever: fixture.retriever, catalog: fixture.catalog)
        for id in ["one", "two", "three"] { try await fixture.write(id, "red fish \(id)", in: fixture.a) }
        let found = try await sources(fixture, "red fish", in: fixture.a)
        #expect(try await assembler.verified(found, in: fixture.a) == found && found.count == 3)
        #expect(try await assembler.verified(found, in: fixture.b).isEmpty)
        try await fixture.write("two", "red bird two", in: fixture.a)
        _ = try await fixture.catalog.deleteDocument(.test("three"), in: fixture.a)
        #expect(try await assembler.verified(found, in: fixture.a).map(\.document) == ["one"])
        let beyond = CitedSource(number: 1, document: "one", span: 0..<1000, text: "red fish one")
        #expect(try await assembler.verified([beyond], in: fixture.a).isEmpty)
        #expect(try await sources(fixture, "red fish", in: fixture.b).isEmpty)
    }

    @Test func bytesOfPlaces() async throws {
        let fixture = try await RetrievalFixture()
        try await fixture.write("d", "Ünder sea", in: fixture.a)
        let places: [(document: DocumentID, span: Range<Int>)] = [
            (.test("d"), 0..<2), (.test("d"), 7..<10), (.test("d"), 7..<11), (.test("x"), 0..<1), (.test("d"), Int.max - 1..<Int.max),
            (.test("d"), -3..<(-1)),
        ]
        let bytes = try await fixture.catalog.bytes(at: places, in: fixture.a)
        #expect(bytes == [Array("Ü".utf8), Array("sea".utf8), nil, nil, nil, nil])
        #expect(try await fixture.catalog.bytes(at: places, in: fixture.b) == [nil, nil, nil, nil, nil, nil])
    }
}

/// The choice of sentences, with an embedder that counts words.
@Suite(.timeLimit(.minutes(10))) struct SentenceRankerTests {
    /// One sentence per line.
    private let ranker = SentenceRanker(embedder: WordCounter(), threshold: 0.5) { utf8, range in
        utf8[range].split(separator: 0x0A).map { $0.startIndex..<$0.endIndex }
    }

    private func source(_ number: Int, _ text: String, score: Float = 0) -> CitedSource {
        CitedSource(
            number: number, document: "d\(number)", span: 50..<50 + text.utf8.count, text: text,
            chunks: [.init(id: "c\(number)", span: 50..<50 + text.utf8.count)], score: score)
    }

    private func choose(_ question: String, _ sources: [CitedSource]) async throws -> [CitedSource] {
        try await ranker.choose(question, sources, caller: .anonymous).sentences
    }

    @Test func theBestSentenceWithItsPlace() async throws {
        let text = "The sky here is always blue.\nEvery red fish swims alone.\nTrees are seldom cut in winter."
        let chosen = try await choose("red fish", [source(1, text)])
        #expect(chosen.map(\.text) == ["Every red fish swims alone."] && chosen[0].number == 1)
        #expect(chosen[0].span == 79..<106 && chosen[0].chunks.map(\.id) == ["c1"] && chosen[0].document == "d1")
    }

    @Test func neighboursAreOneCitation() async throws {
        let text = "The red fish swims at night.\nThe red fish sleeps all day.\nThe blue sky is above us all."
        #expect(
            try await choose("red fish", [source(1, text)]).map(\.text) == ["The red fish swims at night.\nThe red fish sleeps all day."])
    }

    @Test func nothingWhereNothingAnswers() async throws {
        #expect(try await choose("red fish", [source(1, "The tree is as green as ever.\nThe blue sky is above us all.")]).isEmpty)
        #expect(try await choose("red fish", []).isEmpty)
        // A heading and a number are too short to be sentences.
        #expect(try await choose("red fish", [source(1, "Red fish\n\n12\n")]).isEmpty)
    }

    @Test func oneOfEachSourceAndNothingTwice() async throws {
        let sources = [
            source(1, "Any red fish swims in the sea."), source(2, "Any red fish swims in the sea."),
            source(3, "A red fish and a bird were seen.", score: 0.2), source(4, "Here the red fish meets a tree.", score: 0.1),
            source(5, "There the red fish met the sky."),
        ]
        let chosen = try await choose("red fish", sources)
        #expect(chosen.map(\.number) == [1, 2, 3] && Set(chosen.map(\.text)).count == 3, "\(chosen)")
        let order = chosen.compactMap { one in sources.firstIndex { $0.document == one.document } }
        #expect(order == order.sorted())
    }

    @Test func tokensAreTheEncodersCount() async throws {
        let text = "Every red fish swims alone."
        let choice = try await ranker.choose("red fish", [source(1, text)], caller: .anonymous)
        #expect(choice.readTokens == "red fish".count + text.count && choice.chosenTokens == text.count)
    }
}
