import Catalog
import Citing
import JSON
import Tenancy
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct DocumentTests {
    @Test func aVersionIsReadBackWhole() async throws {
        let fixture = try await CatalogFixture()
        let metadata: JSONObject = ["year": 2020, "tags": ["x", "y"]]
        let written = version("d", text: "héllo wörld", chunks: 3, title: "T", metadata: metadata)
        #expect(try await fixture.catalog.commit([written], model: "m", in: fixture.a) == [ChunkCounts(embedded: 3)])
        let (record, text, _) = try await fixture.catalog.documentWithText(.test("d"), in: fixture.a)
        #expect(text == "héllo wörld" && record.title == "T" && record.metadata == metadata && record.chunkCount == 3)
        let batch = try fixture.catalog.allChanges(limit: 10, model: "m", in: fixture.a)
        #expect(batch.chunks.map(\.vector) == written.chunks.map(\.vector))
        let chunks = try await fixture.catalog.chunks(batch.chunks.map(\.number), in: fixture.a)
        #expect(batch.chunks.map { chunks[$0.number]?.chunk } == written.chunks.map(\.chunk))
        #expect(chunks.values.allSatisfy { $0.chunk.headings.first == "H" && $0.chunk.span == 0..<13 && $0.document == record })
        let (_, positions, _) = try await fixture.catalog.documentWithSpans(.test("d"), in: fixture.a)
        #expect(positions == batch.chunks.map { ChunkPosition(id: "c\($0.number)", span: 0..<13) })
    }

    @Test func replacingKeepsTheDocumentAndChangesItsChunks() async throws {
        let fixture = try await CatalogFixture()
        _ = try await fixture.catalog.commit([version("d", chunks: 3)], model: "m", in: fixture.a)
        let first = try fixture.catalog.allChanges(limit: 10, model: "m", in: fixture.a)
        let counts = try await fixture.catalog.commit([version("d", chunks: 2, mark: 9, reused: 1)], model: "m", in: fixture.a)
        #expect(counts == [ChunkCounts(embedded: 1, reused: 1, removed: 2)])
        let second = try #require(try fixture.catalog.changes(after: first.position, limit: 10, model: "m", in: fixture.a))
        #expect(second.changes.map(\.document) == first.changes.map(\.document))
        #expect(Set(second.chunks.map(\.number)).isDisjoint(with: first.chunks.map(\.number)))
        #expect(try await fixture.catalog.chunks(first.chunks.map(\.number), in: fixture.a).isEmpty)
    }

    @Test func nothingOfATenantIsSeenByAnother() async throws {
        let fixture = try await CatalogFixture()
        let catalog = fixture.catalog
        _ = try await catalog.commit([version("d", metadata: ["k": 1])], model: "m", in: fixture.a)
        let job = try await catalog.enqueueJob(document: .test("j"), header: [:], payload: [1], in: fixture.a)
        let numbers = try catalog.allChanges(limit: 10, model: "m", in: fixture.a).chunks.map(\.number)
        let b = fixture.b
        await #expect(throws: CatalogError.self) { try await catalog.document(.test("d"), in: b) }
        await #expect(throws: CatalogError.self) { try await catalog.documentWithText(.test("d"), in: b) }
        await #expect(throws: CatalogError.self) { try await catalog.documentWithSpans(.test("d"), in: b) }
        await #expect(throws: CatalogError.self) { try await catalog.job(job, in: b) }
        #expect(try await catalog.latestJob(for: .test("j"), in: b) == nil)
        #expect(try await catalog.documents(after: nil, limit: 10, in: b).page.isEmpty)
        #expect(try await catalog.documentIDs(beginningWith: "", limit: 10, in: b).ids.isEmpty)
        #expect(try await catalog.chunks(numbers, in: b).isEmpty)
        #expect(try await catalog.vectors(of: .test("d"), model: "m", in: b).isEmpty)
        #expect(try await catalog.documents(matching: .compare(key: "k", .eq, 1), in: b).isEmpty)
        #expect(try catalog.allChanges(limit: 10, model: "m", in: b).chunks.isEmpty)
        #expect(try await catalog.deleteDocument(.test("d"), in: b).existed == false)
        #expect(try await catalog.document(.test("d"), in: fixture.a).chunkCount == 2)
    }

    @Test func vectorsAreTakenOverOnlyFromTheSameModel() async throws {
        let fixture = try await CatalogFixture()
        _ = try await fixture.catalog.commit([version("d", mark: 3)], model: "m", in: fixture.a)
        #expect(try await fixture.catalog.vectors(of: .test("d"), model: "m", in: fixture.a)[[1, 3]] == [3, 1, 0.5, -1])
        #expect(try await fixture.catalog.vectors(of: .test("d"), model: "other", in: fixture.a).isEmpty)
        #expect(try fixture.catalog.allChanges(limit: 10, model: "other", in: fixture.a).chunks.isEmpty)
        #expect(try await fixture.catalog.modelsInUse() == ["m"])
    }

    @Test func pagesGoThroughAllDocumentsInByteOrder() async throws {
        let fixture = try await CatalogFixture()
        let ids = ["é", "b", "a", "a/1", "B", "10", "9", "zz", "文", "a%"]
        _ = try await fixture.catalog.commit(ids.map { version($0) }, model: "m", in: fixture.a)
        var seen: [String] = []
        var after: DocumentID?
        while true {
            let (page, hasMore) = try await fixture.catalog.documents(after: after, limit: 3, in: fixture.a)
            seen += page.map(\.id.rawValue)
            after = page.last?.id
            if !hasMore { break }
        }
        #expect(seen == ids.map(DocumentID.test).sorted().map(\.rawValue))
        let (found, total) = try await fixture.catalog.documentIDs(beginningWith: "a", limit: 2, in: fixture.a)
        #expect(found == ["a", "a%"] && total == 3)
        #expect(try await fixture.catalog.documentIDs(beginningWith: "文", limit: 2, in: fixture.a).ids == ["文"])
        #expect(try await fixture.catalog.documentIDs(beginningWith: "%", limit: 2, in: fixture.a).ids.isEmpty)
    }

    @Test func recentDocumentsAndTheOthersAreAllDocuments() async throws {
        let fixture = try await CatalogFixture()
        for id in ["c", "a", "e", "b", "d"] { _ = try await fixture.catalog.commit([version(id)], model: "m", in: fixture.a) }
        _ = try await fixture.catalog.commit([version("a"), version("z")], model: "m", in: fixture.b)
        _ = try await fixture.catalog.commit([version("c")], model: "m", in: fixture.a)
        for (limit, want) in [(0, []), (1, ["c"]), (3, ["c", "d", "b"]), (5, ["c", "d", "b", "e", "a"]), (9, ["c", "d", "b", "e", "a"])] {
            let recent = try await fixture.catalog.recentDocuments(limit: limit, in: fixture.a)
            #expect(recent.page.map(\.id.rawValue) == want && recent.hasMore == (limit < 5), "\(limit)")
            let others = try await fixture.catalog.documents(after: nil, except: recent.changes, limit: 9, in: fixture.a)
            #expect(others.page.map(\.id.rawValue) == ["a", "b", "c", "d", "e"].filter { !want.contains($0) }, "\(limit)")
        }
        // A document that changes after it was listed is listed again.
        let recent = try await fixture.catalog.recentDocuments(limit: 2, in: fixture.a)
        _ = try await fixture.catalog.commit([version("d"), version("a")], model: "m", in: fixture.a)
        let others = try await fixture.catalog.documents(after: nil, except: recent.changes, limit: 9, in: fixture.a)
        #expect(others.page.map(\.id.rawValue) == ["a", "b", "d", "e"])
    }

    /// Compares random writes and deletes with a dictionary; a follower that reads changes in random steps must reach the same state.
    @Test(arguments: [1, 2, 3, 4]) func aFollowerComesToTheSameState(seed: UInt64) async throws {
        let fixture = try await CatalogFixture()
        var rng = SplitMix64(seed: seed)
        var model: [String: Float] = [:]
        var follower: [Int64: [Float]] = [:]
        var seen = CatalogPosition.start
        var catalog = fixture.catalog
        for step in 0..<120 {
            let id = "d\(Int.random(in: 0..<12, using: &rng))"
            if Int.random(in: 0..<4, using: &rng) == 0 {
                let existed = try await catalog.deleteDocument(.test(id), in: fixture.a).existed
                #expect(existed == (model.removeValue(forKey: id) != nil), "seed \(seed) step \(step)")
            } else {
                model[id] = Float(step)
                _ = try await catalog.commit([version(id, chunks: 1, mark: Float(step))], model: "m", in: fixture.a)
            }
            if Int.random(in: 0..<3, using: &rng) == 0 {
                let limit = Int.random(in: 1...5, using: &rng)
                let batch = try #require(try catalog.changes(after: seen, limit: limit, model: "m", in: fixture.a))
                Self.apply(batch, to: &follower)
                seen = batch.position
            }
            if step % 40 == 39 {
                try catalog.close()
                catalog = try fixture.reopened()
            }
        }
        var hasMore = true
        while hasMore {
            let batch = try #require(try catalog.changes(after: seen, limit: 3, model: "m", in: fixture.a))
            Self.apply(batch, to: &follower)
            (seen, hasMore) = (batch.position, batch.hasMore)
        }
        #expect(follower.values.map { $0[0] }.sorted() == model.values.sorted(), "seed \(seed)")
        #expect(try await catalog.position(in: fixture.a) == seen)
    }

    private static func apply(_ batch: ChangeBatch, to follower: inout [Int64: [Float]]) {
        for change in batch.changes { follower[change.document] = nil }
        for chunk in batch.chunks { follower[chunk.document] = chunk.vector }
    }
}
