import Index
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct LexicalQueryTests {
    private func index(_ texts: [String], titles: [String] = []) throws -> CollectionIndex {
        let index = openIndex(try TestPaths.scratch("index"), dimension: 2).index
        let entries = texts.enumerated().map { place, text in
            entry(Int64(place), text: text, title: place < titles.count ? titles[place] : "", [1, 0])
        }
        try index.apply(removingDocuments: [], adding: entries, sequence: 1)
        return index
    }

    private func found(_ query: String, in index: CollectionIndex, allowed: Set<Int64>? = nil) -> Set<Int64> {
        Set(index.searchLexical(query, limit: 100, allowed: allowed).map(\.chunk))
    }

    @Test func queriesAreParsedAsWordsPhrasesAndPrefixes() {
        let terms = QueryTerms("red \"blue fishes\" bird* “big sea” sk*")
        #expect(terms.terms.map(\.text) == ["red"])
        #expect(terms.phrases.map { $0.map(\.text) } == [["blue", "fish"], ["big", "sea"]])
        #expect(terms.phrases[0].map(\.offset) == [0, 1])
        #expect(terms.prefixes == ["bird", "sk"])
        #expect(QueryTerms("\"fish\"").terms.map(\.text) == ["fish"])
        #expect(QueryTerms("5\" pipe").terms.map(\.text) == ["5", "pipe"])
        #expect(QueryTerms("**bold** a*b SELECT * x*").prefixes.isEmpty)
        #expect(QueryTerms("\"\" \"...\"").phrases.isEmpty)
        #expect(QueryTerms("\"the who\"").phrases == QueryTerms("«The Who»").phrases)
    }

    @Test func queriesHaveLimits() {
        let phrases = (0..<100).map { "\"a\($0)x b\($0)x\"" }.joined(separator: " ")
        #expect(QueryTerms(phrases).phrases.count == QueryTerms.compoundLimit)
        #expect(QueryTerms((0..<100).map { "ab\($0)x*" }.joined(separator: " ")).prefixes.count == QueryTerms.compoundLimit)
        let long = "\"" + (0..<1_000).map { "w\($0)x" }.joined(separator: " ") + "\""
        #expect(QueryTerms(long).phrases.map(\.count) == [QueryTerms.phraseLimit])
    }

    @Test func phraseQueriesMatchAdjacentWordsInOrder() throws {
        let index = try index([
            "a red fish in the sea", "a fish that is red", "red and fish", "the fish, red fish.", "state of the art", "the state of an art",
        ])
        #expect(found("\"red fish\"", in: index) == [0, 3])
        #expect(found("\"fish red\"", in: index) == [3])
        #expect(found("\"state of the art\"", in: index) == [4])
        #expect(found("\"red fishes\"", in: index) == [0, 3])
        #expect(found("\"red sea\"", in: index).isEmpty)
        #expect(found("\"red fish\" sea", in: index) == [0, 3])
        #expect(found("\"red fish\" art", in: index) == [0, 3, 4, 5])
        #expect(found("\"red nowhere\" art", in: index) == [4, 5])
    }

    @Test func aPhraseDoesNotGoFromTheTitleIntoTheText() throws {
        let index = try index(["fish swim", "nothing"], titles: ["Red", "Red fish"])
        #expect(found("\"red fish\"", in: index) == [1])
    }

    @Test func phrasesFindPartsOfIdentifiers() throws {
        let index = try index(["call maxTokenCount now", "max_token_count", "max count token"])
        #expect(found("\"max token count\"", in: index) == [0, 1])
        #expect(found("\"call maxTokenCount now\"", in: index) == [0])
    }

    @Test func beginningsStandForWords() throws {
        let index = try index(["computing", "a computer", "commute", "runs", "relativity theory", "maxTokenCount", "Übergrößen"])
        #expect(found("comput*", in: index) == [0, 1])
        #expect(found("com*", in: index) == [0, 1, 2])
        #expect(found("runn*", in: index) == [3])
        #expect(found("relativi*", in: index) == [4])
        #expect(found("maxtok*", in: index) == [5])
        #expect(found("über*", in: index) == [6])
        #expect(found("zz*", in: index).isEmpty)
        #expect(found("comput* theory", in: index) == [0, 1, 4])
    }

    @Test func beginningsAreFoundAmongManyWords() throws {
        let words = (0..<6_000).map { "w\(String($0, radix: 16))x" }
        let index = openIndex(try TestPaths.scratch("index"), dimension: 2).index
        for start in stride(from: 0, to: words.count, by: 500) {
            let entries = (start..<start + 500).map { entry(Int64($0), text: words[$0], [1, 0]) }
            try index.apply(removingDocuments: [], adding: entries, sequence: 1)
        }
        // A word with digits has no stem, so words with the same prefix are the only matches.
        for prefix in ["w16f", "wab", "w176", "w3e"] {
            let want = Set(words.indices.filter { words[$0].hasPrefix(prefix) }.map(Int64.init))
            #expect(!want.isEmpty && found(prefix + "*", in: index) == want, "\(prefix)")
        }
        // A prefix query that matches more words than its limit is not an error.
        #expect(!found("w1*", in: index).isEmpty)
    }

    @Test func numbersFindTheirUnits() throws {
        let index = try index(["a dose of 5 mg", "a dose of 5mg", "a dose of 50 mg", "10 kHz", "10kHz"])
        #expect(Set(index.searchLexical("5mg", limit: 2, allowed: nil).map(\.chunk)) == [0, 1])
        #expect(Set(index.searchLexical("5 mg", limit: 2, allowed: nil).map(\.chunk)) == [0, 1])
        #expect(Set(index.searchLexical("10kHz", limit: 2, allowed: nil).map(\.chunk)) == [3, 4])
    }

    @Test func accentsAndMixedScriptsAreFound() throws {
        let index = try index([
            "Der Zug fährt über Łódź", "GPT模型の評価", "子猫がいる", "Αθήνα и Москва", "CO₂ emissions", "naïve café",
        ])
        #expect(found("lodz", in: index) == [0] && found("FAHRT", in: index) == [0])
        #expect(found("gpt", in: index) == [1] && found("模型", in: index) == [1] && found("評価", in: index) == [1])
        #expect(found("猫", in: index) == [2] && found("価", in: index) == [1])
        #expect(found("αθηνα", in: index) == [3] && found("МОСКВА", in: index) == [3])
        #expect(found("co2", in: index) == [4] && found("naive CAFE", in: index) == [5])
        #expect(found("\"模型の\"", in: index) == [1] && found("\"模型評価\"", in: index).isEmpty)
        #expect(found("c++", in: index).isEmpty)
    }

    /// Compares phrase and prefix queries with a simple scan of the same texts, across removals and a reopening.
    @Test(arguments: 0..<6) func compoundsAgreeWithASlowReading(seed: Int) throws {
        var rng = SplitMix64(seed: UInt64(seed))
        let folder = try TestPaths.scratch("index")
        var index = openIndex(folder, dimension: 2).index
        var texts: [Int64: [String]] = [:]
        let words = ["ab1", "ab2", "abc3", "b1", "b22", "c1"]
        for chunk in Int64(0)..<120 {
            texts[chunk] = (0..<Int.random(in: 0..<12, using: &rng)).map { _ in words.randomElement(using: &rng)! }
        }
        let entries = texts.sorted { $0.key < $1.key }.map { entry($0.key, text: $0.value.joined(separator: " "), [1, 0]) }
        try index.apply(removingDocuments: [], adding: entries, sequence: 1)
        for round in 0..<30 {
            if round == 15 {
                try index.saveSnapshot()
                index = openIndex(folder, dimension: 2).index
            }
            let removed = Int64.random(in: 0..<120, using: &rng)
            try index.apply(removingDocuments: [removed], adding: [], sequence: 2)
            texts[removed] = nil
            let phrase = (0..<Int.random(in: 2..<4, using: &rng)).map { _ in words.randomElement(using: &rng)! }
            let withPhrase = texts.filter { text in text.value.indices.contains { text.value[$0...].starts(with: phrase) } }
            #expect(found("\"\(phrase.joined(separator: " "))\"", in: index) == Set(withPhrase.keys), "seed \(seed): \(phrase)")
            let prefix = ["ab", "b", "abc", "b2"].randomElement(using: &rng)!
            guard prefix.count > 1 else { continue }
            let withPrefix = texts.filter { $0.value.contains { $0.hasPrefix(prefix) } }
            #expect(found("\(prefix)*", in: index) == Set(withPrefix.keys), "seed \(seed): \(prefix)")
        }
    }

    @Test func compoundsAreScoredAlikeBySearchAndByChunk() throws {
        var rng = SplitMix64(seed: 9)
        let texts = (0..<200).map { _ in randomText(30, vocabulary: 40, &rng) }
        let index = try index(texts)
        for query in ["\"w1x w2x\" w3x", "w1* w5x", "\"w2x w3x\" \"w3x w4x\" w*", "the \"of the\""] {
            let hits = index.searchLexical(query, limit: 200, allowed: nil)
            #expect(index.lexicalScores(query, chunks: hits.map(\.chunk)) == hits.map { $0.score }, "\(query)")
            #expect(index.lexicalEvidence(query, chunks: hits.map(\.chunk)).map { $0?.score } == hits.map { $0.score }, "\(query)")
        }
    }

    @Test func filtersApplyToPhraseAndPrefixQueries() throws {
        let index = try index(["red fish", "red fish", "red fishing"])
        #expect(found("\"red fish\"", in: index, allowed: [1]) == [1])
        #expect(found("fis*", in: index, allowed: [1, 2]) == [1, 2])
    }
}
