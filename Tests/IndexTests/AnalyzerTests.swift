import Index
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct AnalyzerTests {
    private func terms(_ text: String, _ kinds: Set<Analyzer.Kind> = [.word]) -> [String] {
        var terms: [String] = []
        Analyzer.analyze(text) { term, kind in if kinds.contains(kind) { terms.append(term) } }
        return terms
    }

    @Test func wordsAreFoldedAndStemmed() {
        #expect(terms("The Ponies, running; RELATIONAL") == ["poni", "run", "relat"])
        #expect(terms("Café naïve Übergröße Łódź") == ["cafe", "naiv", "ubergross", "lodz"])
        #expect(terms("cafe\u{301}s") == terms("cafés"))
        #expect(terms("ＦＵＬＬ ﬁne ½") == ["full", "fine", "1\u{2044}2"])
        #expect(terms("ΑΘΗΝΆΣ Москва") == ["αθηνασ", "москва"])
        #expect(terms("İstanbul ıspanak") == ["istanbul", "ispanak"])
    }

    @Test func numbersAreKept() {
        #expect(terms("2019 3.14 v1.2.3 p53 10% 1,000.") == ["2019", "3.14", "v1.2.3", "p53", "10", "1", "000"])
        #expect(terms("End. Next 5. Six") == ["end", "next", "5", "six"])
    }

    @Test func apostrophes() {
        #expect(terms("company's company’s COMPANY'S don't 'quoted' dogs'") == ["compani", "compani", "compani", "don't", "quot", "dog"])
    }

    @Test func identifiersAreKeptWholeAndInParts() {
        #expect(terms("maxTokenCount") == ["maxtokencount"])
        #expect(terms("maxTokenCount", [.part]) == ["max", "token", "count"])
        #expect(terms("max_token_count __init__") == ["max_token_count", "init"])
        #expect(terms("max_token_count", [.part]) == ["max", "token", "count"])
        #expect(terms("HTTPServer", [.part]) == ["http", "server"])
        #expect(terms("parseJSONText2Go", [.part]) == ["pars", "json", "text2", "go"])
        #expect(terms("mRNA DNAs word Word WORD", [.part]) == ["rna"])
        #expect(terms("DNAs mRNAs") == ["dna", "mrna"])
        #expect(terms("_ ___ '_'").isEmpty)
    }

    @Test func scriptsWithoutSpacesBecomePairs() {
        #expect(terms("日本語 猫") == ["日本", "本語", "猫"])
        #expect(terms("カタカナ・テスト") == ["カタ", "タカ", "カナ", "テス", "スト"])
        #expect(terms("서울시") == ["서울", "울시"])
        #expect(terms("GPT模型test") == ["gpt", "模型", "test"])
    }

    /// A compatibility ideograph, and a kana with a separate mark: canonically equal text with different bytes.
    @Test func whatIsCanonicallyEqualIsOneTerm() {
        #expect(terms("\u{F900}山").map { Array($0.utf8) } == terms("\u{8C48}山").map { Array($0.utf8) })
        #expect(terms("か\u{3099}く").map { Array($0.utf8) } == terms("がく").map { Array($0.utf8) })
    }

    @Test func theLastCharacterOfARunIsATermOfItsOwn() {
        #expect(terms("日本語 猫", [.lastCharacter]) == ["語"])
        #expect(terms("子猫。", [.lastCharacter]) == ["猫"])
    }

    @Test func numbersAndTheirUnitsAreTermsToo() {
        #expect(terms("5mg 2.4GHz 10µm", [.part]) == ["5", "mg", "2.4", "ghz", "10", "μm"])
        #expect(terms("5mg") == ["5mg"])
        #expect(terms("p53 v1.2.3 1a2b 2024", [.part]).isEmpty)
    }

    @Test func namesOfLanguagesKeepTheirMarks() {
        #expect(terms("C++ and C# or F#.", [.part]) == ["c++", "c#", "f#"])
        #expect(terms("issue#5 a+b x+=1 ###", [.part]).isEmpty)
        #expect(terms("C++11", [.part]).isEmpty)
    }

    @Test func stopWordsAreOfTheirOwnKind() {
        #expect(terms("To be or not to be").isEmpty)
        #expect(terms("To be or not to be", [.stopWord]) == ["to", "be", "or", "not", "to", "be"])
        #expect(QueryTerms("the who").terms.map(\.text) == ["who"])
        #expect(QueryTerms("To be, to").terms == QueryTerms("to be to").terms)
        #expect(QueryTerms("to be to").terms.map(\.text) == ["to", "be"])
        #expect(QueryTerms("to be to").terms.map(\.count) == [2, 1])
    }

    @Test func queriesAreCut() {
        let many = (0..<2_000).map { "w\($0)" }.joined(separator: " ")
        #expect(QueryTerms(many).terms.count == QueryTerms.limit)
    }

    @Test func longRunsAreCut() {
        #expect(terms(String(repeating: "x", count: 100_000)).allSatisfy { $0.utf8.count <= Analyzer.maximumTermBytes })
        #expect(terms(String(repeating: "é", count: 100_000)).count == 1)
        #expect(terms(String(repeating: "_", count: 100_000)).isEmpty)
        #expect(terms(String(repeating: "語", count: 10_000)).count == 9_999)
    }

    /// Nothing traps, and every term of a text is found in it as a query.
    @Test(arguments: 0..<40) func anyTextIsAnalyzed(seed: Int) {
        var rng = SplitMix64(seed: UInt64(seed))
        let pool: [Unicode.Scalar] = [
            "a", "B", "z", "_", "'", "’", ".", "1", "9", " ", "-", "é", "ß", "İ", "\u{301}", "\u{20DD}", "語", "か", "\u{3099}",
            "서", "ก", "𐐀", "😀", "\u{0}", "\u{FFFD}", "\u{200D}", "ﬁ", "ﷺ", "ʼ", "٣", "Ǆ", "\u{10FFFF}",
        ]
        for _ in 0..<200 {
            var text = ""
            for _ in 0..<Int.random(in: 0..<24, using: &rng) {
                text.unicodeScalars.append(pool[Int.random(in: 0..<pool.count, using: &rng)])
            }
            let found = terms(text, [.word, .part, .stopWord, .lastCharacter])
            #expect(found.allSatisfy { !$0.isEmpty }, "seed \(seed)")
            #expect(terms(text, [.word, .part, .stopWord, .lastCharacter]) == found)
            _ = QueryTerms(text)
        }
    }

    /// Runs of marks occur in no language's words. They must cost no more than other text of their length, although they are sorted.
    @Test(arguments: [
        "a\u{301}\u{323}", "\u{301}\u{323}", "\u{F73}", "\u{FF9E}\u{3099}", "é", "word ", "中\u{3099}\u{301}", "x_", "aB", "C++",
    ])
    func analysisIsLinear(piece: String) {
        for opening in ["", "a", "か"] {
            let ratio = Growth.ofEightfold(
                making: { opening + String(repeating: piece, count: $0) },
                { text in
                    var terms = 0
                    Analyzer.analyze(text) { _, _ in terms += 1 }
                    withExtendedLifetime((terms, QueryTerms(text).terms.count)) {}
                })
            #expect(ratio < 24, "\(opening)")
        }
    }

    /// Truncating hostile runs of marks leaves real words unchanged.
    @Test func wordsWithManyMarksAreFoldedAsBefore() {
        let word = "e" + String(repeating: "\u{301}", count: 30) + "clair"
        var terms: [String] = []
        Analyzer.analyze(word) { term, _ in terms.append(term) }
        var plain: [String] = []
        Analyzer.analyze("\u{E9}clair") { term, _ in plain.append(term) }
        #expect(terms == plain)
    }
}
