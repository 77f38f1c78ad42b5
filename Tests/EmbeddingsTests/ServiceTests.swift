import Embeddings
import Foundation
import TestSupport
import Testing

/// The encoder with many concurrent callers.
@Suite(.timeLimit(.minutes(10))) struct ServiceTests {
    static func tiny(
        queryCacheBytes: Int = SentenceEncoder.defaultQueryCacheBytes, limits: EncodeQueue.Limits = .init()
    ) throws -> SentenceEncoder {
        let model = TinyBert(hidden: 16, heads: 2, layers: 2, inner: 32, positions: 64, seed: 9)
        let folder = try TinyModel.folder(model)
        // The weights are mapped and everything else has been read, so the folder may be removed now.
        defer { try? FileManager.default.removeItem(at: folder) }
        return try SentenceEncoder(folder: folder, threads: 2, queryCacheBytes: queryCacheBytes, limits: limits)
    }

    static func text(_ seed: Int) -> String {
        var rng = SplitMix64(seed: UInt64(seed))
        return (0..<Int.random(in: 0...50, using: &rng)).map { _ in "w\(Int.random(in: 0..<40, using: &rng))" }.joined(separator: " ")
    }

    @Test func concurrentCallersGetTheirOwnVectors() async throws {
        let encoder = try Self.tiny()
        var alone: [[Float]] = []
        for seed in 0..<60 { alone.append(try await encoder.embed([Self.text(seed)], purpose: .query).vectors) }
        let expected = alone
        try await withThrowingTaskGroup { group in
            for caller in 0..<200 {
                group.addTask {
                    var rng = SplitMix64(seed: UInt64(caller))
                    let seeds = (0..<Int.random(in: 1...9, using: &rng)).map { _ in Int.random(in: 0..<60, using: &rng) }
                    let batch = try await encoder.embed(seeds.map(Self.text), purpose: caller % 3 == 0 ? .query : .passage)
                    for (row, seed) in seeds.enumerated() {
                        let error = zip(batch.vector(row), expected[seed]).reduce(0) { max($0, abs($1.0 - $1.1)) }
                        #expect(error <= 1e-5, "caller \(caller), row \(row)")
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func cancelledCallerGetsAnError() async throws {
        let encoder = try Self.tiny()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await encoder.embed(["w1 w2"], purpose: .passage)
        }
        let error = await #expect(throws: EmbeddingError.self) { try await task.value }
        #expect(error?.code == .cancelled)
        // The next caller is served.
        #expect(try await encoder.embed(["w1 w2"], purpose: .passage).count == 1)
    }

    @Test func cancellingOneCallerDoesNotAffectOthers() async throws {
        let encoder = try Self.tiny()
        let expected = try await encoder.embed([Self.text(1)], purpose: .query).vectors
        await withTaskGroup { group in
            for caller in 0..<100 {
                group.addTask {
                    let task = Task { try await encoder.embed((0..<40).map { _ in Self.text(1) }, purpose: .passage) }
                    if caller % 2 == 0 { task.cancel() }
                    switch await task.result {
                    case .success(let batch):
                        #expect(batch.count == 40)
                        #expect(cosine(batch.vector(39), expected) > 0.999999)
                    case .failure(let error): #expect((error as? EmbeddingError)?.code == .cancelled && caller % 2 == 0)
                    }
                }
            }
        }
    }

    @Test func callsAfterShutDownAreRejected() async throws {
        let encoder = try Self.tiny()
        _ = try await encoder.embed(["w3"], purpose: .query)
        encoder.shutDown()
        let error = await #expect(throws: EmbeddingError.self) { try await encoder.embed(["w3"], purpose: .query) }
        #expect(error?.code == .shuttingDown)
        encoder.shutDown()
    }

    @Test func shutDownUnderLoadAnswersEveryone() async throws {
        let encoder = try Self.tiny()
        await withTaskGroup { group in
            for caller in 0..<64 {
                group.addTask {
                    if caller == 32 { return encoder.shutDown() }
                    do {
                        let batch = try await encoder.embed((0..<30).map(Self.text), purpose: .passage)
                        #expect(batch.count == 30)
                    } catch {
                        #expect((error as? EmbeddingError)?.code == .shuttingDown)
                    }
                }
            }
        }
    }

    @Test func fullQueueReturnsOverloaded() async throws {
        var limits = EncodeQueue.Limits()
        limits.waitingTokens = 0
        let encoder = try Self.tiny(limits: limits)
        let results = await withTaskGroup(of: EmbeddingError.Code?.self) { group in
            for _ in 0..<300 {
                group.addTask {
                    do {
                        _ = try await encoder.embed((0..<20).map(Self.text), purpose: .passage)
                        return nil
                    } catch { return (error as? EmbeddingError)?.code }
                }
            }
            return await group.reduce(into: [EmbeddingError.Code?]()) { $0.append($1) }
        }
        #expect(results.contains(nil), "an empty queue must accept any request")
        #expect(results.allSatisfy { $0 == nil || $0 == .overloaded })
    }

    /// Another program truncates the weights: every request gets an error, and the process continues. In 8 bits, the file is not needed.
    @Test func modelFileTruncatedInUseIsAnError() async throws {
        let folder = try TinyModel.folder(TinyBert(hidden: 16, heads: 2, layers: 2, inner: 32, positions: 64, seed: 9))
        let encoder = try SentenceEncoder(folder: folder, threads: 2)
        let coarse = try SentenceEncoder(folder: folder, threads: 2, precision: .int8)
        let texts = (0..<40).map(Self.text)
        _ = try await encoder.embed(texts, purpose: .passage)
        let file = try FileHandle(forWritingTo: folder.appending(path: "model.safetensors"))
        defer { try? file.close() }
        try file.truncate(atOffset: 0)
        await withTaskGroup { group in
            for caller in 0..<40 {
                group.addTask {
                    let (count, purpose): (Int, EmbeddingPurpose) = caller % 2 == 0 ? (40, .passage) : (1, .query)
                    let error = await #expect(throws: EmbeddingError.self) {
                        try await encoder.embed((0..<count).map { Self.text($0 + caller) }, purpose: purpose)
                    }
                    #expect(error?.code == .modelInvalid && error?.detail == "the model file was truncated while in use")
                }
            }
        }
        #expect(encoder.statistics.urgentTokens == 0 && encoder.statistics.otherTokens == 0)
        #expect(try await coarse.embed(texts, purpose: .passage).count == texts.count)
    }

    @Test func invalidTokensAndTooManyTextsAreRejected() async throws {
        let encoder = try Self.tiny()
        for tokens: [[Int32]] in [[[]], [[2, -1]], [[2, 45]], [[2, .max]], [[Int32](repeating: 2, count: 65)], [[2], []]] {
            let error = await #expect(throws: EmbeddingError.self) { try await encoder.embed(tokens: tokens, purpose: .query) }
            #expect(error?.code == .invalidTokens)
        }
        let many = [String](repeating: "", count: SentenceEncoder.maxTextsPerRequest + 1)
        let error = await #expect(throws: EmbeddingError.self) { try await encoder.embed(many, purpose: .query) }
        #expect(error?.code == .tooManyTexts)
    }
}
