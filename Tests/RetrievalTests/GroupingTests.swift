import Foundation
import Index
import Retrieval
import Scheduling
import TestSupport
import Testing

/// Compares the best chunk of each document with a ranking of all chunks.
@Suite(.timeLimit(.minutes(10))) struct GroupingTests {
    /// Documents with very different numbers of chunks, some with far more than a search examines.
    private func index(seed: UInt64) throws -> (index: CollectionIndex, documents: Int) {
        var rng = SplitMix64(seed: seed)
        let index = CollectionIndex.open(
            folder: try TestPaths.scratch("grouping"), identity: "test", dimension: WordCounter.words.count, options: IndexOptions()
        ).index
        var entries: [IndexEntry] = []
        let sizes = [2_000, 700, 350] + (0..<30).map { _ in Int.random(in: 1...4, using: &rng) }
        for (document, size) in sizes.enumerated() {
            for _ in 0..<size {
                // The large documents are nearest to the query.
                let rare =
                    document < 3
                    ? [] : (0..<Int.random(in: 1...3, using: &rng)).map { _ in WordCounter.words[Int.random(in: 2...7, using: &rng)] }
                let text = (["red", "fish", "w\(entries.count)"] + rare).joined(separator: " ")
                entries.append(
                    IndexEntry(
                        chunk: Int64(entries.count), document: Int64(document), text: text, title: "", vector: WordCounter.vector(text)))
            }
        }
        try index.apply(removingDocuments: [], adding: entries, sequence: 1)
        return (index, sizes.count)
    }

    private func ranking(_ index: CollectionIndex, _ mode: SearchMode, filter: DocumentFilter? = nil) -> Ranking {
        Ranking(index: index, mode: mode, query: "red fish", vector: WordCounter.vector("red fish"), filter: filter)
    }

    @Test(arguments: 0..<6 as Range<UInt64>, [SearchMode.dense, .lexical]) func isTheFirstOfEachDocumentInTheWholeOrder(
        seed: UInt64, mode: SearchMode
    ) throws {
        let (index, documents) = try index(seed: seed)
        let whole = try ranking(index, mode).top(10_000, grouped: false).chunks
        for limit in [1, 3, 5, 20, 100] {
            var seen: Set<Int64> = []
            let expected = whole.filter { seen.insert($0.hit.document).inserted }.prefix(limit)
            let found = try ranking(index, mode).top(limit, grouped: true).chunks
            #expect(found.count == min(limit, documents), "seed \(seed)")
            #expect(found.map(\.hit.document) == expected.map(\.hit.document), "seed \(seed), limit \(limit)")
            #expect(found.map(\.hit.score) == expected.map(\.hit.score), "seed \(seed), limit \(limit)")
        }
    }

    @Test(arguments: SearchMode.allCases) func findsAsManyDocumentsAsThereAre(mode: SearchMode) throws {
        let (index, documents) = try index(seed: 9)
        for limit in [2, 10, 100] {
            let found = try ranking(index, mode).top(limit, grouped: true).chunks
            #expect(found.count == min(limit, documents) && Set(found.map(\.hit.document)).count == found.count, "limit \(limit)")
        }
        let filter = DocumentFilter(documents: [0, 5, 6])
        #expect(Set(try ranking(index, mode, filter: filter).top(10, grouped: true).chunks.map(\.hit.document)) == [0, 5, 6])
    }

    @Test func eachRoundOfAGroupedSearchHasAPlan() throws {
        let (index, documents) = try index(seed: 9)
        #expect(try ranking(index, .hybrid).top(1, grouped: true).densePlans == [.scan])
        #expect(try ranking(index, .hybrid).top(documents, grouped: true).densePlans.count > 1)
        #expect(try ranking(index, .lexical).top(documents, grouped: true).densePlans.isEmpty)
    }

    @Test func aStoppedSearchEnds() throws {
        let (index, _) = try index(seed: 1)
        let stop = WorkStop()
        stop.request()
        let ranking = Ranking(
            index: index, mode: .hybrid, query: "red fish", vector: WordCounter.vector("red fish"), filter: nil, diversity: 0.5, stop: stop)
        #expect(throws: CancellationError.self) { try ranking.top(10, grouped: true) }
        #expect(throws: CancellationError.self) { try ranking.top(10, grouped: false) }
    }
}
