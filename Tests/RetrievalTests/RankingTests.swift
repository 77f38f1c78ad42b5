import Foundation
import Index
import Retrieval
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct RankingTests {
    /// An index with chunks 0, 1, 2 …, with the vectors of `WordCounter`.
    private func index(_ texts: [String], chunksPerDocument: Int = 1) throws -> CollectionIndex {
        let dimension = WordCounter.words.count
        let index = CollectionIndex.open(
            folder: try TestPaths.scratch("ranking"), identity: "test", dimension: dimension, options: IndexOptions()
        ).index
        let entries = texts.enumerated().map {
            IndexEntry(chunk: Int64($0), document: Int64($0 / chunksPerDocument), text: $1, title: "", vector: WordCounter.vector($1))
        }
        try index.apply(removingDocuments: [], adding: entries, sequence: 1)
        return index
    }

    private func top(
        _ query: String, in index: CollectionIndex, mode: SearchMode = .hybrid, limit: Int = 10, grouped: Bool = false, diversity: Float = 0
    ) throws -> [RankedChunk] {
        try Ranking(
            index: index, mode: mode, query: query, vector: WordCounter.vector(query), filter: nil, diversity: diversity
        ).top(limit, grouped: grouped).chunks
    }

    @Test func quotedPhrasesGoBeforeTheRest() throws {
        let index = try index(["fish red fish red fish", "red fish", "a red and blue fish", "sea"] + (0..<30).map { "sky tree \($0)" })
        let results = try top("\"red fish\"", in: index)
        #expect(Set(results.prefix(2).map(\.hit.chunk)) == [0, 1])
        #expect(results.prefix(2).allSatisfy { $0.hit.score >= 0.5 } && results.dropFirst(2).allSatisfy { $0.hit.score <= 0.5 })
        // No document contains the phrase, so only the dense side ranks.
        #expect(try top("\"fish sea\"", in: index).allSatisfy { $0.parts.evidence?.score == 0 })
    }

    /// A hybrid search reads the words only of chunks that may be among the results. Diversity, here too weak to reorder anything, needs all.
    @Test(arguments: 0..<8 as Range<UInt64>) func whatIsNotReadCouldNotBeAmongTheResults(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        let words = WordCounter.words + (0..<40).map { "word\($0)" }
        let texts = (0..<700).map { _ in
            (0..<Int.random(in: 3...40, using: &rng)).map { _ in words[Int.random(in: 0..<words.count, using: &rng)] }
                .joined(separator: " ")
        }
        let index = try index(texts, chunksPerDocument: 3)
        for limit in [1, 10, 33] {
            for count in [1, 2, 5, 12] {
                let query = (0..<count).map { _ in words[Int.random(in: 0..<words.count, using: &rng)] }.joined(separator: " ")
                for grouped in [false, true] {
                    let few = try top(query, in: index, limit: limit, grouped: grouped)
                    let all = try top(query, in: index, limit: limit, grouped: grouped, diversity: 1e-30)
                    #expect(few == all, "seed \(seed), limit \(limit), query \(query), grouped \(grouped)")
                }
            }
        }
    }

    @Test func everyPartIsExplained() throws {
        let index = try index(["red fish in the sea", "blue bird", "green tree"])
        let hybrid = try #require(try top("red fish", in: index).first).parts
        let evidence = try #require(hybrid.evidence)
        #expect(hybrid.dense != nil && evidence.score > 0 && evidence.coverage == 1 && evidence.title == 0)
        #expect(evidence.proximity > 0 && (0...1).contains(hybrid.denseWeight ?? -1))
        let dense = try #require(try top("red fish", in: index, mode: .dense).first).parts
        #expect(dense.dense != nil && dense.evidence == nil && dense.denseWeight == nil)
        let lexical = try #require(try top("red fish", in: index, mode: .lexical).first)
        #expect(lexical.parts.dense == nil && lexical.parts.denseWeight == nil)
        #expect(lexical.parts.evidence?.score == lexical.hit.score && lexical.parts.evidence?.coverage == 1)
        #expect(hybrid.densePlan == .scan && dense.densePlan == .scan && lexical.parts.densePlan == nil)
    }

    @Test func aCodeThatTheVectorsCannotSeeIsFoundFirst() throws {
        let index = try index((0..<500).map { "red fish number XK\(4_000 + $0)Q \(WordCounter.words[$0 % 8])" })
        for number in stride(from: 0, to: 500, by: 37) {
            #expect(try top("red fish XK\(4_000 + number)Q", in: index).first?.hit.chunk == Int64(number))
        }
    }

    @Test(arguments: SearchMode.allCases) func diverseResultsSayDifferentThings(mode: SearchMode) throws {
        let index = try index((0..<20).map { "red fish in the sea \($0)" } + ["red bird", "red tree", "red sky"])
        #expect(Set(try top("red fish", in: index, mode: mode, limit: 4).map(\.hit.chunk)).isSubset(of: Set(0..<20)))
        let diverse = try top("red fish", in: index, mode: mode, limit: 4, diversity: 0.7)
        #expect(diverse.count == 4 && diverse.contains { $0.hit.chunk >= 20 }, "\(mode)")
    }

    @Test(arguments: SearchMode.allCases) func answersAreTheSameEachTime(mode: SearchMode) throws {
        let index = try index((0..<300).map { "\(WordCounter.words[$0 % 8]) \(WordCounter.words[$0 % 5]) w\($0 % 17)" })
        let first = try top("red sea w3 w5", in: index, mode: mode, limit: 50, diversity: 0.3)
        for _ in 0..<5 { #expect(try top("red sea w3 w5", in: index, mode: mode, limit: 50, diversity: 0.3) == first) }
    }
}
