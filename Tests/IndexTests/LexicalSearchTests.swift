import Foundation
import Index
import TestSupport
import Testing

/// A reference BM25: a table and two loops, in double precision.
struct SlowBM25 {
    struct Document {
        var counts: [String: Int] = [:]
        var length = 0

        init(title: String, text: String) {
            for part in [title, text] {
                Analyzer.analyze(part) { term, kind in
                    counts[term, default: 0] += 1
                    if kind == .word { length += 1 }
                }
            }
        }
    }

    var documents: [Int64: Document] = [:]
    var k1 = 0.9, b = 0.4

    func scores(_ query: String) -> [Int64: Double] {
        let n = Double(documents.count)
        let mean = Double(documents.values.reduce(0) { $0 + $1.length }) / n
        var scores = documents.mapValues { _ in 0.0 }
        for term in QueryTerms(query).terms {
            let df = Double(documents.values.count { $0.counts[term.text] != nil })
            let idf = log(1 + (n - df + 0.5) / (df + 0.5))
            for (chunk, document) in documents {
                guard let tf = document.counts[term.text].map(Double.init) else { continue }
                let norm = k1 * (1 - b + b * Double(document.length) / (mean > 0 ? mean : 1))
                scores[chunk]! += Double(term.count) * idf * tf / (tf + norm)
            }
        }
        return scores
    }

    /// Returns whether `hits` is a correct result: correct scores, in order, with nothing better missing.
    func agrees(_ hits: [IndexHit], _ query: String, limit: Int, allowed: (Int64) -> Bool = { _ in true }) -> Bool {
        let want = scores(query).filter { $0.value > 0 && allowed($0.key) }
        let best = want.values.sorted(by: >).prefix(limit)
        guard hits.count == best.count else { return false }
        for (hit, score) in zip(hits, best) {
            guard let own = want[hit.chunk], abs(own - Double(hit.score)) <= 1e-4 * own, abs(own - score) <= 1e-4 * own
            else { return false }
        }
        return zip(hits, hits.dropFirst()).allSatisfy { $0.score > $1.score || ($0.score == $1.score && $0.chunk < $1.chunk) }
    }
}

/// Generates words with a Zipf-like distribution, so that some occur everywhere and most are rare.
func randomText(_ words: Int, vocabulary: Int, _ rng: inout SplitMix64) -> String {
    (0..<words).map { _ in
        let rank = Int(Double(vocabulary) * pow(Double.random(in: 0..<1, using: &rng), 3))
        return ["the", "of"].indices.contains(rank) ? ["the", "of"][rank] : "w\(rank)x"
    }.joined(separator: " ")
}

@Suite(.timeLimit(.minutes(10))) struct LexicalSearchTests {
    private func fill(_ count: Int, seed: UInt64, _ options: IndexOptions = IndexOptions()) throws -> (CollectionIndex, SlowBM25) {
        var rng = SplitMix64(seed: seed)
        let index = openIndex(try TestPaths.scratch("index"), dimension: 2, options).index
        var slow = SlowBM25()
        (slow.k1, slow.b) = (Double(options.bm25K1), Double(options.bm25B))
        var entries: [IndexEntry] = []
        for chunk in 0..<Int64(count) {
            let title = chunk % 3 == 0 ? randomText(3, vocabulary: 400, &rng) : ""
            let text = randomText(Int.random(in: 0..<60, using: &rng), vocabulary: 400, &rng)
            entries.append(entry(chunk, document: chunk / 4, text: text, title: title, [1, 0]))
            slow.documents[chunk] = .init(title: title, text: text)
        }
        try index.apply(removingDocuments: [], adding: entries, sequence: 1)
        return (index, slow)
    }

    @Test(arguments: 0..<6) func equalsPlainBM25(seed: Int) throws {
        var options = IndexOptions()
        if seed % 2 == 1 { (options.bm25K1, options.bm25B) = (1.2, 0.75) }
        let (index, slow) = try fill(300, seed: UInt64(seed), options)
        var rng = SplitMix64(seed: UInt64(seed) + 1_000)
        for limit in [1, 3, 10, 1_000] {
            let query = randomText(Int.random(in: 1..<8, using: &rng), vocabulary: 400, &rng)
            #expect(slow.agrees(index.searchLexical(query, limit: limit, allowed: nil), query, limit: limit), "seed \(seed): \(query)")
            let allowed = Set((0..<75).map(Int64.init).filter { _ in Bool.random(using: &rng) })
            let hits = index.searchLexical(query, limit: limit, allowed: allowed)
            #expect(slow.agrees(hits, query, limit: limit) { allowed.contains($0 / 4) }, "seed \(seed): \(query)")
        }
    }

    @Test func scoresOfChunksEqualThoseOfTheSearch() throws {
        let (index, slow) = try fill(200, seed: 77)
        let query = "w1x w2x the w50x w1x w399x"
        let hits = index.searchLexical(query, limit: 200, allowed: nil)
        #expect(!hits.isEmpty)
        #expect(index.lexicalScores(query, chunks: hits.map(\.chunk)) == hits.map { $0.score })
        let without = slow.scores(query).filter { $0.value == 0 }.keys.sorted()
        #expect(index.lexicalScores(query, chunks: without).allSatisfy { $0 == 0 })
    }

    @Test func removedChunksLeaveEveryStatistic() throws {
        let (index, slow) = try fill(240, seed: 88)
        var rest = slow
        for document in Int64(0)..<20 {
            try index.apply(removingDocuments: [document], adding: [], sequence: 2)
            for chunk in document * 4..<document * 4 + 4 { rest.documents[chunk] = nil }
            let query = "w\(document)x w3x w120x the"
            #expect(rest.agrees(index.searchLexical(query, limit: 30, allowed: nil), query, limit: 30))
        }
    }

    @Test func titlesAreFound() throws {
        let index = openIndex(try TestPaths.scratch("index"), dimension: 2).index
        try index.apply(
            removingDocuments: [],
            adding: [entry(1, text: "body", title: "Aurora borealis", [1, 0]), entry(2, text: "aurora", [1, 0])], sequence: 1)
        #expect(Set(index.searchLexical("auroras", limit: 5, allowed: nil).map(\.chunk)) == [1, 2])
        #expect(index.searchLexical("borealis", limit: 5, allowed: nil).map(\.chunk) == [1])
    }

    @Test func aQueryOfStopWordsUsesThem() throws {
        let index = openIndex(try TestPaths.scratch("index"), dimension: 2).index
        try index.apply(
            removingDocuments: [],
            adding: [entry(1, text: "to be or not to be", [1, 0]), entry(2, text: "something else", [1, 0])], sequence: 1)
        #expect(index.searchLexical("to be", limit: 5, allowed: nil).map(\.chunk) == [1])
        #expect(index.searchLexical("to be something", limit: 5, allowed: nil).map(\.chunk) == [2])
    }

    @Test(arguments: ["", " ", "...", "\u{0}", "zzzunknown", String(repeating: "\u{301}", count: 9)])
    func queriesWithoutKnownTermsFindNothing(query: String) throws {
        let (index, _) = try fill(10, seed: 1)
        #expect(index.searchLexical(query, limit: 5, allowed: nil).isEmpty)
        #expect(index.lexicalScores(query, chunks: [0]) == [0])
    }
}
