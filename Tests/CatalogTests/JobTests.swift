import Catalog
import JSON
import Tenancy
import TestSupport
import Testing

@Suite struct JobTests {
    @Test func jobsOfATenantComeInOrderAndTenantsTakeTurns() async throws {
        let fixture = try await CatalogFixture()
        let catalog = fixture.catalog
        for (scope, id) in [(fixture.a, "1"), (fixture.a, "2"), (fixture.b, "3"), (fixture.a, "4")] {
            _ = try await catalog.enqueueJob(document: .test(id), header: ["n": .string(id)], payload: Array(id.utf8), in: scope)
        }
        let first = try await catalog.claimJobs(after: nil, limit: 2, payloadLimit: 100)
        #expect(first.map(\.document.rawValue) == ["1", "2"] && first.allSatisfy { $0.scope == fixture.a && $0.attempts == 1 })
        #expect(first[0].payload == Array("1".utf8) && first[0].header == ["n": "1"])
        let second = try await catalog.claimJobs(after: fixture.a.tenant, limit: 2, payloadLimit: 100)
        #expect(second.map(\.document.rawValue) == ["3"])
        let third = try await catalog.claimJobs(after: fixture.b.tenant, limit: 2, payloadLimit: 100)
        #expect(third.map(\.document.rawValue) == ["4"])
        #expect(try await catalog.claimJobs(after: nil, limit: 2, payloadLimit: 100).isEmpty)
    }

    @Test func aBatchIsBoundedByItsBytesButNeverEmpty() async throws {
        let fixture = try await CatalogFixture()
        for id in ["1", "2", "3"] {
            _ = try await fixture.catalog.enqueueJob(document: .test(id), header: [:], payload: [UInt8](repeating: 1, count: 60), in: fixture.a)
        }
        #expect(try await fixture.catalog.claimJobs(after: nil, limit: 9, payloadLimit: 100).count == 1)
        #expect(try await fixture.catalog.claimJobs(after: nil, limit: 9, payloadLimit: 120).count == 2)
    }

    @Test func aFinishedJobCommitsItsVersionAndForgetsItsPayload() async throws {
        let fixture = try await CatalogFixture()
        let id = try await fixture.catalog.enqueueJob(document: .test("d"), header: [:], payload: [1, 2], in: fixture.a)
        let job = try #require(try await fixture.catalog.claimJobs(after: nil, limit: 1, payloadLimit: 9).first)
        #expect(try await fixture.catalog.commit(version("d"), model: "m", finishing: job) == ChunkCounts(embedded: 2))
        let record = try await fixture.catalog.job(id, in: fixture.a)
        #expect(record.stage == .ready && record.counts.embedded == 2)
        #expect(try await fixture.catalog.document(.test("d"), in: fixture.a).chunkCount == 2)
    }

    @Test func whatAProcessLeftBehindIsTakenByTheNext() async throws {
        let fixture = try await CatalogFixture()
        _ = try await fixture.catalog.enqueueJob(document: .test("d"), header: [:], payload: [1], in: fixture.a)
        _ = try await fixture.catalog.claimJobs(after: nil, limit: 1, payloadLimit: 9)
        let next = try fixture.reopened()
        #expect(try await next.claimJobs(after: nil, limit: 1, payloadLimit: 9).isEmpty)
        try await next.requeueInterruptedJobs()
        #expect(try await next.claimJobs(after: nil, limit: 1, payloadLimit: 9).first?.attempts == 2)
    }

    @Test func aDeletedDocumentsJobWritesNothing() async throws {
        let fixture = try await CatalogFixture()
        let id = try await fixture.catalog.enqueueJob(document: .test("d"), header: [:], payload: [1], in: fixture.a)
        let job = try #require(try await fixture.catalog.claimJobs(after: nil, limit: 1, payloadLimit: 9).first)
        #expect(try await fixture.catalog.deleteDocument(.test("d"), in: fixture.a))
        #expect(try await fixture.catalog.commit(version("d"), model: "m", finishing: job) == nil)
        await #expect(throws: CatalogError.self) { try await fixture.catalog.document(.test("d"), in: fixture.a) }
        #expect(try await fixture.catalog.job(id, in: fixture.a).stage == .cancelled)
        try await fixture.catalog.failJob(job, code: "x", detail: "y")
        #expect(try await fixture.catalog.job(id, in: fixture.a).stage == .cancelled)
    }

    @Test func aReleasedJobIsTakenAgain() async throws {
        let fixture = try await CatalogFixture()
        let id = try await fixture.catalog.enqueueJob(document: .test("d"), header: [:], payload: [1], in: fixture.a)
        let job = try #require(try await fixture.catalog.claimJobs(after: nil, limit: 1, payloadLimit: 9).first)
        try await fixture.catalog.releaseJob(job, countingAttempt: false)
        let again = try #require(try await fixture.catalog.claimJobs(after: nil, limit: 1, payloadLimit: 9).first)
        #expect(again.attempts == 1)
        try await fixture.catalog.failJob(again, code: "empty", detail: "nothing in it")
        let record = try await fixture.catalog.job(id, in: fixture.a)
        #expect(record.stage == .failed && record.errorCode == "empty" && record.errorDetail == "nothing in it")
    }
}
