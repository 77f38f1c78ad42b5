import Embeddings
import Foundation
import TestSupport
import Testing

/// Callers share the vectors of their own queries, and never those of other callers.
@Suite(.timeLimit(.minutes(10))) struct QuerySharingTests {
    private static let a = EmbeddingCaller("a")
    private static let b = EmbeddingCaller("b")

    private static func expect(
        _ encoder: SentenceEncoder, computed: Int, joined: Int, remembered: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let found = encoder.statistics
        #expect(
            (found.computed, found.joined, found.remembered) == (computed, joined, remembered), "\(found)",
            sourceLocation: sourceLocation)
    }

    /// A query is computed, joined or cached: of a hundred identical ones, one is computed, whichever is first.
    @Test func identicalQueriesAreComputedOnce() async throws {
        let encoder = try ServiceTests.tiny()
        let texts = (0..<5).map(ServiceTests.text)
        let vectors = try await withThrowingTaskGroup(of: (Int, [Float]).self) { group in
            for place in 0..<200 {
                group.addTask { (place % 5, try await encoder.embed([texts[place % 5]], purpose: .query, caller: Self.a).vectors) }
            }
            return try await group.reduce(into: [(Int, [Float])]()) { $0.append($1) }
        }
        let statistics = encoder.statistics
        #expect(statistics.computed == 5 && statistics.joined + statistics.remembered == 195, "\(statistics)")
        let first = Dictionary(vectors, uniquingKeysWith: { one, _ in one })
        #expect(vectors.allSatisfy { first[$0.0] == $0.1 })
        for (place, vector) in first {
            #expect(cosine(vector, try await encoder.embed([texts[place]], purpose: .passage).vectors) > 0.999999)
        }
    }

    @Test func callersDoNotShareCachedVectors() async throws {
        let encoder = try ServiceTests.tiny()
        _ = try await encoder.embed(["w1 w2"], purpose: .query, caller: Self.a)
        _ = try await encoder.embed(["w1 w2"], purpose: .query, caller: Self.b)
        _ = try await encoder.embed(["w1 w2"], purpose: .query, caller: EmbeddingCaller("a", incarnation: "2"))
        Self.expect(encoder, computed: 3, joined: 0, remembered: 0)
        _ = try await encoder.embed(["w1 w2"], purpose: .query, caller: Self.b)
        Self.expect(encoder, computed: 3, joined: 0, remembered: 1)
    }

    @Test func passagesAndListsAreComputedEachTime() async throws {
        let encoder = try ServiceTests.tiny()
        for _ in 0..<2 {
            _ = try await encoder.embed(["w1 w2"], purpose: .passage, caller: Self.a)
            _ = try await encoder.embed(["w1 w2", "w3"], purpose: .query, caller: Self.a)
        }
        Self.expect(encoder, computed: 6, joined: 0, remembered: 0)
    }

    @Test func withoutACacheEachQueryIsComputed() async throws {
        let encoder = try ServiceTests.tiny(queryCacheBytes: 0)
        for _ in 0..<3 { _ = try await encoder.embed(["w1 w2"], purpose: .query, caller: Self.a) }
        #expect(encoder.statistics.computed == 3)
    }

    @Test func cancellingOneWaiterDoesNotCancelOthers() async throws {
        let encoder = try ServiceTests.tiny(queryCacheBytes: 0)
        let want = try await encoder.embed(["w1 w2 w3"], purpose: .passage).vectors
        await withTaskGroup { group in
            for place in 0..<400 {
                group.addTask {
                    let task = Task { try await encoder.embed(["w1 w2 w3"], purpose: .query, caller: Self.a) }
                    if place % 2 == 0 { task.cancel() }
                    switch await task.result {
                    case .success(let batch): #expect(cosine(batch.vectors, want) > 0.999999)
                    case .failure(let error): #expect((error as? EmbeddingError)?.code == .cancelled && place % 2 == 0)
                    }
                }
            }
        }
    }

    @Test func everyWaiterGetsAnErrorAndItIsNotCached() async throws {
        let folder = try ForwardPassTests.folderWithoutFiniteVectors()
        defer { try? FileManager.default.removeItem(at: folder) }
        let encoder = try SentenceEncoder(folder: folder, threads: 2)
        for _ in 0..<2 {
            let codes = await withTaskGroup(of: EmbeddingError.Code?.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        do {
                            _ = try await encoder.embed(["w1"], purpose: .query, caller: Self.a)
                            return nil
                        } catch { return (error as? EmbeddingError)?.code }
                    }
                }
                return await group.reduce(into: [EmbeddingError.Code?]()) { $0.append($1) }
            }
            #expect(codes.allSatisfy { $0 == .notFinite })
        }
        #expect(encoder.statistics.remembered == 0 && encoder.statistics.computed >= 2)
    }

    @Test func shutDownAnswersCoalescedRequests() async throws {
        let encoder = try ServiceTests.tiny(queryCacheBytes: 0)
        await withTaskGroup { group in
            for place in 0..<200 {
                group.addTask {
                    if place == 100 { return encoder.shutDown() }
                    do {
                        #expect(try await encoder.embed(["w5 w6"], purpose: .query, caller: Self.a).count == 1)
                    } catch {
                        #expect((error as? EmbeddingError)?.code == .shuttingDown)
                    }
                }
            }
        }
    }

    /// One caller exceeds its limits; another caller's passages and queries are still accepted.
    @Test func backlogOfOneCallerDoesNotAffectOthers() async throws {
        var limits = EncodeQueue.Limits()
        (limits.waitingTokens, limits.urgentTokens) = (4_000, 4_000)
        let encoder = try ServiceTests.tiny(limits: limits)
        // Token ids, so that sending requests is faster than answering them.
        let sequence = [Int32](repeating: 7, count: 64)
        let backlog = [[Int32]](repeating: sequence, count: 10)
        let refused = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<500 {
                group.addTask {
                    do {
                        _ = try await encoder.embed(tokens: backlog, purpose: .passage, caller: Self.a)
                        return 0
                    } catch {
                        #expect((error as? EmbeddingError)?.code == .overloaded)
                        return 1
                    }
                }
            }
            group.addTask {
                for _ in 0..<20 {
                    await #expect(throws: Never.self) {
                        _ = try await encoder.embed(tokens: [sequence, sequence], purpose: .passage, caller: Self.b)
                        _ = try await encoder.embed(tokens: [sequence], purpose: .query, caller: Self.b)
                    }
                }
                return 0
            }
            return await group.reduce(0, +)
        }
        #expect(refused > 0, "the backlog must reach its limit")
    }
}
