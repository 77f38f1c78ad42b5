import Catalog
import JSON
import Tenancy
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct JobTests {
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
            _ = try await fixture.catalog.enqueueJob(
                document: .test(id), header: [:], payload: [UInt8](repeating: 1, count: 60), in: fixture.a)
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
        let job = try #require(try await next.claimJobs(after: nil, limit: 1, payloadLimit: 9).first)
        #expect(job.attempts == 1 && job.runsAlone && job.interruptions == 0)
    }

    @Test func aDeletedDocumentsJobWritesNothing() async throws {
        let fixture = try await CatalogFixture()
        let id = try await fixture.catalog.enqueueJob(document: .test("d"), header: [:], payload: [1], in: fixture.a)
        let job = try #require(try await fixture.catalog.claimJobs(after: nil, limit: 1, payloadLimit: 9).first)
        #expect(try await fixture.catalog.deleteDocument(.test("d"), in: fixture.a) == (false, [id]))
        #expect(try await fixture.catalog.commit(version("d"), model: "m", finishing: job) == nil)
        await #expect(throws: CatalogError.self) { try await fixture.catalog.document(.test("d"), in: fixture.a) }
        #expect(try await fixture.catalog.job(id, in: fixture.a).stage == .cancelled)
        try await fixture.catalog.failJob(job, code: "x", detail: "y", keepsUpload: false)
        #expect(try await fixture.catalog.job(id, in: fixture.a).stage == .cancelled)
    }

    @Test func aReleasedJobIsTakenAgain() async throws {
        let fixture = try await CatalogFixture()
        let id = try await fixture.catalog.enqueueJob(document: .test("d"), header: [:], payload: [1], in: fixture.a)
        let job = try #require(try await fixture.catalog.claimJobs(after: nil, limit: 1, payloadLimit: 9).first)
        try await fixture.catalog.releaseJob(job, countingAttempt: false)
        let again = try #require(try await fixture.catalog.claimJobs(after: nil, limit: 1, payloadLimit: 9).first)
        #expect(again.attempts == 1)
        try await fixture.catalog.failJob(again, code: "empty", detail: "nothing in it", keepsUpload: false)
        let record = try await fixture.catalog.job(id, in: fixture.a)
        #expect(record.stage == .failed && record.errorCode == "empty" && record.errorDetail == "nothing in it")
    }

    @Test func aDeletionNamesEveryJobThatItCancels() async throws {
        let fixture = try await CatalogFixture()
        var ids: [String] = []
        for _ in 0..<3 {
            ids.append(try await fixture.catalog.enqueueJob(document: .test("d"), header: [:], payload: [1], in: fixture.a))
        }
        _ = try await fixture.catalog.claimJobs(after: nil, limit: 1, payloadLimit: 9)
        let (existed, cancelled) = try await fixture.catalog.deleteDocument(.test("d"), in: fixture.a)
        #expect(!existed && Set(cancelled) == Set(ids))
    }

    @Test func whatWasAcknowledgedLastStands() async throws {
        let fixture = try await CatalogFixture()
        let id = try await fixture.catalog.enqueueJob(document: .test("d"), header: [:], payload: [1], in: fixture.a)
        let job = try #require(try await fixture.catalog.claimJobs(after: nil, limit: 1, payloadLimit: 9).first)
        _ = try await fixture.catalog.commit([version("d", text: "newer")], model: "m", in: fixture.a)
        #expect(try await fixture.catalog.commit(version("d", text: "older"), model: "m", finishing: job) == nil)
        #expect(try await fixture.catalog.documentWithText(.test("d"), in: fixture.a).text == "newer")
        #expect(try await fixture.catalog.job(id, in: fixture.a).stage == .cancelled)
    }

    @Test func tenantsThatAreServedArePassedOver() async throws {
        let fixture = try await CatalogFixture()
        for scope in [fixture.a, fixture.b] {
            _ = try await fixture.catalog.enqueueJob(document: .test("d"), header: [:], payload: [1], in: scope)
        }
        let busy: Set = [fixture.a.tenant]
        #expect(try await fixture.catalog.claimJobs(after: nil, except: busy, limit: 1, payloadLimit: 9).first?.scope == fixture.b)
        #expect(try await fixture.catalog.claimJobs(after: nil, except: busy, limit: 1, payloadLimit: 9).isEmpty)
    }

    @Test func aTenantsQueueIsBounded() async throws {
        let fixture = try await CatalogFixture()
        for number in 0..<CatalogStore.maximumQueuedJobs {
            _ = try await fixture.catalog.enqueueJob(document: .test("d\(number)"), header: [:], payload: [], in: fixture.a)
        }
        let error = await #expect(throws: CatalogError.self) {
            try await fixture.catalog.enqueueJob(document: .test("one more"), header: [:], payload: [], in: fixture.a)
        }
        #expect(error?.code == .queueFull)
        _ = try await fixture.catalog.enqueueJob(document: .test("d"), header: [:], payload: [], in: fixture.b)
    }

    @Test func oldJobsAreForgottenButNotADocumentsLast() async throws {
        let fixture = try await CatalogFixture()
        var ids: [String] = []
        for _ in 0..<2 {
            ids.append(try await fixture.catalog.enqueueJob(document: .test("d"), header: [:], payload: [1], in: fixture.a))
            let job = try #require(try await fixture.catalog.claimJobs(after: nil, limit: 1, payloadLimit: 9).first)
            try await fixture.catalog.failJob(job, code: "empty", detail: "", keepsUpload: false)
        }
        try await fixture.catalog.pruneJobs(finishedDaysAgo: 1)
        #expect(try await fixture.catalog.job(ids[0], in: fixture.a).stage == .failed)
        try await fixture.catalog.pruneJobs(finishedDaysAgo: -1)
        await #expect(throws: CatalogError.self) { try await fixture.catalog.job(ids[0], in: fixture.a) }
        #expect(try await fixture.catalog.job(ids[1], in: fixture.a).stage == .failed)
    }
}
