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

    /// Rows of a table answer alone: the one with the question's rare words, whatever the words of the columns are.
    @Test(arguments: [
        ("| fish | sky | tree |\n|---|---|---|\n| SKU1 | red | 17 |\n| SKU2 | red | 31 |\n| SKU3 | blue | 58 |", "| SKU2 | red | 31 |"),
        ("fish,sky,tree\nSKU1,red,17\nSKU2,red,31\nSKU3,blue,58", "SKU2,red,31"),
        ("fish | sky | tree\nSKU1 | red | 17\nSKU2 | red | 31\nSKU3 | blue | 58", "SKU2 | red | 31"),
        (
            "[{\"fish\": \"SKU1\", \"sky\": 17},\n{\"fish\": \"SKU2\", \"sky\": 31},\n{\"fish\": \"SKU3\", \"sky\": 58}]",
            "{\"fish\": \"SKU2\", \"sky\": 31},"
        ),
    ])
    func theRightRowAnswersAlone(_ table: String, _ row: String) async throws {
        #expect(try await choose("fish of SKU2 tree", [source(1, table)]).map(\.text) == [row])
        let later = source(2, "SKU7 | red | 3\nSKU8 | blue | 9")
        #expect(try await choose("fish of SKU2 tree", [later, source(1, table)]).map(\.text) == [row])
    }

    @Test func tokensAreTheEncodersCount() async throws {
        let text = "Every red fish swims alone."
        let choice = try await ranker.choose("red fish", [source(1, text)], caller: .anonymous)
        #expect(choice.readTokens == "red fish".count + text.count && choice.chosenTokens == text.count)
    }

    /// A sentence of the question decides, however much stands around it.
    @Test(arguments: [0, 1, 20, 40]) func aSentenceOfALongQuestionDecides(times: Int) async throws {
        let lines = Array(repeating: "We met a bird there today.\nThe tree is green and tall.", count: times).joined(separator: "\n")
        let text = "Every red fish swims alone."
        let question = "Where is the red fish?"
        for asked in ["\(lines)\n\(question)", "\(question)\n\(lines)", "\(lines)\n\(question)\n\(lines)"] {
            #expect(try await choose(asked, [source(1, text)]).map(\.text) == [text], "\(times)")
        }
        // What stands around the question does not, even if a source has it word by word.
        let other = "The tree is green and tall."
        guard times > 1 else { return }
        #expect(try await choose("\(lines)\nWhat is in the blue sea and the sky?", [source(1, other)]).isEmpty)
    }
}

/// The parts of a question.
@Suite struct QuestionPartsTests {
    /// One sentence after each full stop or question mark and a space.
    private func cut(_ question: String) -> QuestionParts {
        QuestionParts(question) { utf8, range in
            var sentences: [Range<Int>] = []
            var start = range.lowerBound
            for place in range where utf8[place] == UInt8(ascii: ".") || utf8[place] == UInt8(ascii: "?") {
                guard place + 1 == range.upperBound || utf8[place + 1] == 0x20 else { continue }
                sentences.append(start..<place + 1)
                start = place + 1
            }
            return start < range.upperBound ? sentences + [start..<range.upperBound] : sentences
        }
    }

    private func parts(_ question: String) -> [String] { cut(question).texts }

    @Test func oneSentenceIsItself() {
        #expect(parts("When does the ferry leave?") == ["When does the ferry leave?"])
        #expect(parts("red fish") == ["red fish"] && parts("") == [""])
    }

    @Test func sentencesThatAskAreTheParts() {
        let statement = "I read a book on the train."
        for asking in [
            "When does the ferry leave?", "Please tell me the time of it.", "And who is the captain of the ship.",
            "Bitte nenne mir die Zeit.", "I need to know when it leaves.", "The ferry leaves when, exactly?",
        ] {
            let question = "\(statement) \(asking) \(statement)"
            #expect(parts(question) == [question, asking] && cut(question).query == question)
        }
        #expect(parts("\(statement)\n船はいつ出ますか？").last == "船はいつ出ますか？")
        let plain = "I was on the train. My name is Ann."
        #expect(parts(plain) == [plain, "I was on the train.", "My name is Ann."])
    }

    @Test func aShortSentenceAsksAboutTheOneBeforeIt() {
        let question = "The ferry goes to Hesper Rock. When does it leave?"
        #expect(parts(question) == [question, "When does it leave?"])
        #expect(parts("The pump beeps. Why?") == ["The pump beeps. Why?"])
        let before = "I read a book. The ferry goes to Hesper Rock."
        let followUp = "The ferry goes to Hesper Rock. When does it leave?"
        #expect(parts("\(before) When does it leave?").suffix(2) == ["When does it leave?", followUp])
    }

    /// Of a long text only what asks counts, and it is searched with that first.
    @Test func aLongTextIsWhatItAsks() {
        let around = Array(repeating: "I read a book on the train.", count: 40).joined(separator: " ")
        let asking = "When does the ferry leave?"
        for question in ["\(around) \(asking)", "\(asking) \(around)", "\(around) \(asking) \(around)"] {
            #expect(parts(question) == [asking] && cut(question).query == "\(asking)\n\(question)")
        }
        #expect(parts(around) == [around, "I read a book on the train."] && cut(around).query == around)
    }

    @Test func theirNumberIsBounded() {
        let many = (0..<1000).map { "Where is the ship number \($0)?" }
        let parts = parts(many.joined(separator: " "))
        #expect(parts.count == 24 && parts[0] == many[0] && parts[23] == many[999])
        #expect(self.parts(String(repeating: "x", count: 1 << 20)).count <= 25)
        #expect(self.parts(String(repeating: "船", count: 10_000)).count <= 25)
    }

    @Test func dictationIsCutIntoWindows() {
        let around = Array(repeating: "we met a bird there today and liked it", count: 20).joined(separator: " and ")
        let question = "when does the ferry to hesper rock leave"
        for text in ["\(around) \(question)", "\(question) \(around)", "\(around) \(question) \(around)"] {
            #expect(parts(text).contains { $0.contains(question) && $0.utf8.count < 250 }, "\(parts(text))")
        }
    }

    /// Doubled input must not cost four times as much.
    @Test func longTextIsCutInLinearTime() {
        for piece in ["a", "? ", "...", "\n", "é", "what ", "\u{301}"] {
            #expect(parts(String(repeating: piece, count: 1 << 20)).count <= 25)
        }
    }
}
