import Embeddings
import RemoteEmbeddings
import ScriptedUpstream
import TestSupport
import Testing

/// Requirements on every `Embedder`, wherever its model runs.
enum EmbedderConformance {
    static func text(_ seed: Int) -> String {
        var rng = SplitMix64(seed: UInt64(seed))
        let words = ["tide", "moon", "bread", "salt", "heron", "日本語", "naïve", "🙂", "x = y + 1;", "\n"]
        return (0..<Int.random(in: 0...60, using: &rng)).map { _ in words.randomElement(using: &rng) ?? "" }.joined(separator: " ")
    }

    static func check(_ embedder: any Embedder) async throws {
        try await emptiness(embedder)
        try await orderAndLength(embedder)
        try await callersBesideEachOther(embedder)
        try await refusals(embedder)
        try await cancellation(embedder)
    }

    private static func emptiness(_ embedder: any Embedder) async throws {
        for purpose in EmbeddingPurpose.allCases {
            let none = try await embedder.embed([], purpose: purpose, caller: .anonymous)
            #expect(none.count == 0 && none.vectors.isEmpty && none.dimension == embedder.identity.dimension)
            let blank = try await embedder.embed(["", " "], purpose: purpose, caller: .anonymous)
            #expect(blank.count == 2 && blank.vectors.allSatisfy(\.isFinite))
        }
        #expect(try await embedder.embed(tokens: [], purpose: .query, caller: .anonymous).count == 0)
    }

    private static func orderAndLength(_ embedder: any Embedder) async throws {
        let texts = (0..<150).map(text)
        let batch = try await embedder.embed(texts, purpose: .passage, caller: .anonymous)
        #expect(batch.count == texts.count && batch.dimension == embedder.identity.dimension)
        for row in stride(from: 0, to: texts.count, by: 7) {
            let alone = try await embedder.embed([texts[row]], purpose: .passage, caller: .anonymous)
            #expect(cosine(alone.vectors, batch.vector(row)) > 0.99999, "text \(row)")
            let norm = batch.vector(row).reduce(0.0) { $0 + Double($1) * Double($1) }
            #expect(abs(norm - 1) < 1e-5)
            #expect(batch.tokenCounts[row] > 0 && batch.tokenCounts[row] <= embedder.identity.maxTokens)
        }
        let long = try await embedder.embed([String(repeating: "word ", count: 20_000)], purpose: .query, caller: .anonymous)
        #expect(long.tokenCounts[0] <= embedder.identity.maxTokens)
    }

    private static func callersBesideEachOther(_ embedder: any Embedder) async throws {
        let expected = try await embedder.embed((0..<30).map(text), purpose: .passage, caller: .anonymous)
        try await withThrowingTaskGroup { group in
            for number in 0..<60 {
                group.addTask {
                    var rng = SplitMix64(seed: UInt64(number))
                    let seeds = (0..<Int.random(in: 1...9, using: &rng)).map { _ in Int.random(in: 0..<30, using: &rng) }
                    let batch = try await embedder.embed(seeds.map(text), purpose: .passage, caller: EmbeddingCaller("t\(number % 5)"))
                    for (row, seed) in seeds.enumerated() {
                        #expect(cosine(batch.vector(row), expected.vector(seed)) > 0.99999, "caller \(number), row \(row)")
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func refusals(_ embedder: any Embedder) async throws {
        let many = [String](repeating: "", count: SentenceEncoder.maxTextsPerRequest + 1)
        #expect(await code { try await embedder.embed(many, purpose: .query, caller: .anonymous) } == .tooManyTexts)
        let long = [Int32](repeating: 2, count: embedder.identity.maxTokens + 1)
        for tokens: [[Int32]] in [[[]], [[2, -1]], [long], [[2], []]] {
            #expect(await code { try await embedder.embed(tokens: tokens, purpose: .query, caller: .anonymous) } == .invalidTokens)
        }
    }

    private static func cancellation(_ embedder: any Embedder) async throws {
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await embedder.embed([text(3)], purpose: .passage, caller: .anonymous)
        }
        #expect(await code { try await task.value } == .cancelled)
        #expect(try await embedder.embed([text(3)], purpose: .passage, caller: .anonymous).count == 1)
    }

    static func code(_ body: () async throws -> EmbeddingBatch) async -> EmbeddingError.Code? {
        do {
            _ = try await body()
            return nil
        } catch {
            return (error as? EmbeddingError)?.code
        }
    }
}

@Suite(.timeLimit(.minutes(10))) struct EmbedderConformanceTests {
    @Test func theRemoteOneConforms() async throws {
        try await Provider.serve { embedder, _ in try await EmbedderConformance.check(embedder) }
    }

    @Test func theLocalOneConforms() async throws {
        let encoder = try SentenceEncoder(folder: TestPaths.model, threads: 2)
        try await EmbedderConformance.check(encoder)
        encoder.shutDown()
        #expect(await EmbedderConformance.code { try await encoder.embed(["x"], purpose: .query) } == .shuttingDown)
    }

    @Test func afterShutDownTheRemoteOneRefuses() async throws {
        try await Provider.serve { embedder, _ in
            embedder.shutDown()
            #expect(await EmbedderConformance.code { try await embedder.embed(["x"], purpose: .query) } == .shuttingDown)
        }
    }
}
