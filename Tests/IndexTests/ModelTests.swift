import Foundation
import Index
import Testing
import TestSupport

/// Random changes, searches and reopenings, against a dictionary and brute force.
@Suite struct ModelTests {
    private struct Model {
        struct Chunk {
            var document: Int64
            var vector: [Float]
        }
        var chunks: [Int64: Chunk] = [:]
        var lexical = SlowBM25()
        var sequence: Int64 = 0

        mutating func apply(removing documents: [Int64], adding: [IndexEntry]) {
            for (chunk, value) in chunks where documents.contains(value.document) {
                chunks[chunk] = nil
                lexical.documents[chunk] = nil
            }
            for entry in adding {
                chunks[entry.chunk] = .init(document: entry.document, vector: entry.vector)
                lexical.documents[entry.chunk] = .init(title: entry.title, text: entry.text)
            }
        }
    }

    private static let dimension = 12

    private func randomEntries(_ rng: inout SplitMix64) -> [IndexEntry] {
        let document = Int64.random(in: 0..<60, using: &rng)
        let chunks = Set((0..<Int.random(in: 0..<7, using: &rng)).map { _ in document * 10 + Int64.random(in: 0..<10, using: &rng) })
        return chunks.sorted().map { chunk in
            entry(
                chunk, document: document, text: randomText(Int.random(in: 0..<20, using: &rng), vocabulary: 80, &rng),
                title: randomText(2, vocabulary: 80, &rng), unit(randomVector(Self.dimension, &rng)))
        }
    }

    private func check(_ index: CollectionIndex, _ model: Model, graph: Bool, _ rng: inout SplitMix64, _ seed: Int) throws {
        let statistics = index.statistics
        #expect(statistics.chunks == model.chunks.count, "seed \(seed)")
        #expect(statistics.documents == Set(model.chunks.values.map(\.document)).count, "seed \(seed)")
        #expect(statistics.sequence == model.sequence, "seed \(seed)")

        let query = unit(randomVector(Self.dimension, &rng))
        let limit = Int.random(in: 1..<12, using: &rng)
        let allowed = Set((0..<60).map(Int64.init).filter { _ in Int.random(in: 0..<3, using: &rng) == 0 })
        for filter in [nil, allowed] {
            let hits = try index.searchDense(query, limit: limit, allowed: filter)
            let right = model.chunks.filter { filter?.contains($0.value.document) ?? true }
            #expect(hits.count == min(limit, right.count), "seed \(seed)")
            for hit in hits {
                let chunk = try #require(right[hit.chunk], "seed \(seed): chunk \(hit.chunk)")
                #expect(chunk.document == hit.document)
                #expect(abs(cosine(query, chunk.vector) - Double(hit.score)) <= cosineTolerance(Self.dimension))
            }
            if filter != nil || !graph {
                #expect(recall(hits, query, among: right.mapValues(\.vector), k: limit) == 1, "seed \(seed)")
            }
        }
        let words = randomText(3, vocabulary: 80, &rng)
        for filter in [nil, allowed] {
            let hits = index.searchLexical(words, limit: limit, allowed: filter)
            let agrees = model.lexical.agrees(hits, words, limit: limit) { chunk in
                filter.map { $0.contains(model.chunks[chunk]?.document ?? -1) } ?? true
            }
            #expect(agrees, "seed \(seed): \(words)")
        }
        let asked = (0..<20).map { _ in Int64.random(in: 0..<600, using: &rng) }
        let scores = try index.cosineScores(query, chunks: asked)
        #expect(scores.map { $0 == nil } == asked.map { model.chunks[$0] == nil }, "seed \(seed)")
        #expect(index.lexicalScores(words, chunks: asked).map { $0 == nil } == asked.map { model.chunks[$0] == nil })
    }

    @Test(arguments: 0..<8, [false, true]) func behavesLikeADictionary(seed: Int, graph: Bool) throws {
        var rng = SplitMix64(seed: UInt64(seed) &+ (graph ? 500 : 0))
        var options = IndexOptions()
        options.compactionMinimum = 8
        if graph {
            (options.graphThreshold, options.graphSearchWidth, options.graphDegree) = (40, 4, 4)
            options.compactionShare = 0.4
        }
        let folder = try TestPaths.scratch("index")
        var index = openIndex(folder, dimension: Self.dimension, options).index
        var model = Model(), saved = model
        for _ in 0..<120 {
            switch Int.random(in: 0..<20, using: &rng) {
            case 0..<12:
                let entries = randomEntries(&rng)
                let removed = Bool.random(using: &rng) ? Array(Set(entries.map(\.document))) : [Int64.random(in: 0..<60, using: &rng)]
                model.sequence += 1
                try index.apply(removingDocuments: removed, adding: entries, sequence: model.sequence)
                model.apply(removing: removed, adding: entries)
            case 12:
                try index.saveSnapshot()
                saved = model
            case 13:
                let reopened = openIndex(folder, dimension: Self.dimension, options)
                #expect(
                    reopened.recovery
                        == (saved.sequence == 0 && saved.chunks.isEmpty && reopened.recovery == .empty
                            ? .empty : .loaded(sequence: saved.sequence)),
                    "seed \(seed)")
                (index, model) = (reopened.index, saved)
            default:
                try check(index, model, graph: graph, &rng, seed)
            }
        }
        try index.saveSnapshot()
        try check(openIndex(folder, dimension: Self.dimension, options).index, model, graph: graph, &rng, seed)
    }
}
