import Foundation
import Index
import TestSupport
import Testing

/// Compares random changes, searches, maintenance, closings and crashes with a dictionary and brute force: 10⁵ operations in total.
@Suite(.timeLimit(.minutes(10))) struct ModelTests {
    fileprivate static let dimension = 12
    private static let documents: Int64 = 60
    private static let operations = 6_250

    /// The index and the dictionary that it must match, which is what the catalog would still hold after a crash.
    fileprivate struct Run: Sendable {
        struct Chunk: Sendable {
            var document: Int64
            var vector: [Float]
        }
        struct Change: Sendable {
            var removing: [Int64]
            var adding: [IndexEntry]
            var sequence: Int64
        }

        let folder: URL
        let options: IndexOptions
        let seed: String
        var rng: SplitMix64
        var index: CollectionIndex
        var chunks: [Int64: Chunk] = [:]
        var lexical = SlowBM25()
        var sequence: Int64 = 0
        var savedSequence: Int64 = 0
        /// The changes since the last snapshot.
        var log: [Change] = []

        init(seed: Int, graph: Bool) throws {
            self.seed = "seed \(seed)\(graph ? ", graph" : "")"
            rng = SplitMix64(seed: UInt64(seed) &+ (graph ? 500 : 0))
            var options = IndexOptions()
            options.compactionMinimum = 8
            if graph {
                (options.graphThreshold, options.graphSearchEf, options.graphDegree) = (40, 4, 4)
                options.compactionShare = 0.4
                options.recallTarget = seed % 2 == 0 ? 0 : 0.9
            }
            self.options = options
            folder = try TestPaths.scratch("index")
            index = openIndex(folder, dimension: ModelTests.dimension, options).index
        }
    }

    /// Without a graph, results must be exact; with one, maintenance runs concurrently with everything else.
    @Test(arguments: 0..<8, [false, true]) func behavesLikeADictionary(seed: Int, graph: Bool) async throws {
        let shared = Shared(try Run(seed: seed, graph: graph))
        let finished = Flag()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { finished.raise() }
                for _ in 0..<Self.operations { try shared.withLock { try $0.step(graph: graph) } }
                try shared.withLock { run in
                    try run.close()
                    try run.checkAll(graph: graph)
                }
            }
            if graph {
                group.addTask {
                    while !finished.isRaised {
                        // The next step closes an index that is no longer used, so at most this one is still being maintained.
                        let index = shared.withLock { $0.index }
                        for case .failed(let error) in index.maintain() where error.code != .cancelled { throw error }
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

extension ModelTests.Run {
    mutating func step(graph: Bool) throws {
        switch Int.random(in: 0..<2_000, using: &rng) {
        case 0..<900: try change()
        case 900..<1_500: try checkDense(graph: graph, filtered: false)
        case 1_500..<1_800: try checkDense(graph: graph, filtered: true)
        case 1_800..<1_900: checkLexical()
        case 1_900..<1_960: try checkChunks()
        case 1_960..<1_970: checkStatistics()
        case 1_970..<1_985: index.maintain()
        case 1_985..<1_988: try index.compact()
        case 1_988..<1_992: try save()
        case 1_992..<1_995: try close()
        default: try crash()
        }
    }

    // MARK: Changes

    mutating func change() throws {
        let entries = randomEntries()
        let removed = Bool.random(using: &rng) ? Array(Set(entries.map(\.document))) : [randomDocument()]
        sequence += 1
        try index.apply(removingDocuments: removed, adding: entries, sequence: sequence)
        log.append(.init(removing: removed, adding: entries, sequence: sequence))
        for (chunk, value) in chunks where removed.contains(value.document) {
            chunks[chunk] = nil
            lexical.documents[chunk] = nil
        }
        for entry in entries {
            chunks[entry.chunk] = .init(document: entry.document, vector: entry.vector)
            lexical.documents[entry.chunk] = .init(title: entry.title, text: entry.text)
        }
    }

    mutating func save() throws {
        try index.saveSnapshot()
        #expect(!index.hasUnsavedChanges || !options.isWithoutMaintenance)
        (savedSequence, log) = (sequence, [])
    }

    mutating func close() throws {
        try save()
        try reopen()
    }

    /// Drops the index without saving it, and replays the changes since the last snapshot on the next one.
    mutating func crash() throws { try reopen() }

    private mutating func reopen() throws {
        index.stopMaintenance()
        // Waits for running maintenance, which is the only other user.
        _ = index.maintain()
        let opened = openIndex(folder, dimension: ModelTests.dimension, options)
        switch opened.recovery {
        case .empty: #expect(savedSequence == 0, "\(seed)")
        case .loaded(let found): #expect(found >= savedSequence && found <= sequence, "\(seed): \(found)")
        case .rebuild(let reason): Issue.record("\(seed): \(reason)")
        }
        index = opened.index
        for change in log where change.sequence > index.sequence {
            try index.apply(removingDocuments: change.removing, adding: change.adding, sequence: change.sequence)
        }
    }

    private mutating func randomDocument() -> Int64 { Int64.random(in: 0..<60, using: &rng) }

    private mutating func randomEntries() -> [IndexEntry] {
        let document = randomDocument()
        let count = Int.random(in: 0..<7, using: &rng)
        let numbers = Set((0..<count).map { _ in document * 10 + Int64.random(in: 0..<10, using: &rng) })
        return numbers.sorted().map { chunk in
            entry(
                chunk, document: document, text: randomText(Int.random(in: 0..<12, using: &rng), vocabulary: 80, &rng),
                title: randomText(2, vocabulary: 80, &rng), unit(randomVector(ModelTests.dimension, &rng)))
        }
    }

    // MARK: Checks

    mutating func checkAll(graph: Bool) throws {
        checkStatistics()
        for filtered in [false, true] { try checkDense(graph: graph, filtered: filtered) }
        checkLexical()
        try checkChunks()
    }

    func checkStatistics() {
        let statistics = index.statistics
        #expect(statistics.chunks == chunks.count, "\(seed)")
        #expect(statistics.documents == Set(chunks.values.map(\.document)).count, "\(seed)")
        #expect(statistics.sequence == sequence, "\(seed)")
    }

    private mutating func randomFilter() -> Set<Int64> {
        let share = Int.random(in: 1..<12, using: &rng)
        return Set((0..<Int64(60)).filter { _ in Int.random(in: 0..<12, using: &rng) < share })
    }

    mutating func checkDense(graph: Bool, filtered: Bool) throws {
        let query = unit(randomVector(ModelTests.dimension, &rng))
        let limit = Int.random(in: 1..<12, using: &rng)
        let allowed = filtered ? randomFilter() : nil
        let hits = try index.searchDense(query, limit: limit, allowed: allowed)
        let right = allowed.map { allowed in chunks.filter { allowed.contains($0.value.document) } } ?? chunks
        #expect(hits.count == min(limit, right.count), "\(seed)")
        for hit in hits {
            let chunk = try #require(right[hit.chunk], "\(seed): chunk \(hit.chunk)")
            #expect(chunk.document == hit.document, "\(seed)")
            #expect(abs(cosine(query, chunk.vector) - Double(hit.score)) <= cosineTolerance(ModelTests.dimension), "\(seed)")
        }
        if !graph { #expect(recall(hits, query, among: right.mapValues(\.vector), k: limit) == 1, "\(seed)") }
    }

    mutating func checkLexical() {
        let words = randomText(3, vocabulary: 80, &rng)
        let limit = Int.random(in: 1..<12, using: &rng)
        let allowed = Bool.random(using: &rng) ? randomFilter() : nil
        let hits = index.searchLexical(words, limit: limit, allowed: allowed)
        let agrees = lexical.agrees(hits, words, limit: limit) { chunk in
            allowed.map { $0.contains(chunks[chunk]?.document ?? -1) } ?? true
        }
        #expect(agrees, "\(seed): \(words)")
    }

    mutating func checkChunks() throws {
        let query = unit(randomVector(ModelTests.dimension, &rng))
        let asked = (0..<20).map { _ in Int64.random(in: 0..<600, using: &rng) }
        let scores = try index.cosineScores(query, chunks: asked)
        for (chunk, score) in zip(asked, scores) {
            #expect((score == nil) == (chunks[chunk] == nil), "\(seed)")
            guard let score, let known = chunks[chunk] else { continue }
            #expect(abs(cosine(query, known.vector) - Double(score)) <= cosineTolerance(ModelTests.dimension), "\(seed)")
        }
        #expect(index.lexicalScores("word", chunks: asked).map { $0 == nil } == asked.map { chunks[$0] == nil }, "\(seed)")
    }
}

extension IndexOptions {
    /// Whether only changes modify the index, without maintenance.
    fileprivate var isWithoutMaintenance: Bool { graphThreshold > 1_000 }
}
