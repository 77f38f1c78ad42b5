import Catalog
import JSON
import Tenancy
import TestSupport
import Testing

/// Jobs interrupted by the end of a process, and uploads of failed jobs.
@Suite(.timeLimit(.minutes(10))) struct InterruptionTests {
    private func enqueue(_ count: Int, in scope: TenantScope, _ catalog: CatalogStore) async throws -> [String] {
        var ids: [String] = []
        for number in 0..<count {
            ids.append(
                try await catalog.enqueueJob(
                    document: .test("d\(number)"), header: [:], payload: [UInt8(truncatingIfNeeded: number)], in: scope))
        }
        return ids
    }

    private func claim(_ catalog: CatalogStore, busy: Set<TenantID> = []) async throws -> [ClaimedJob] {
        try await catalog.claimJobs(after: nil, except: busy, limit: 32, payloadLimit: 1000)
    }

    @Test func jobsOfAnInterruptedBatchRunAloneAndUncharged() async throws {
        let fixture = try await CatalogFixture()
        let ids = try await enqueue(4, in: fixture.a, fixture.catalog)
        #expect(try await claim(fixture.catalog).map(\.runsAlone) == [false, false, false, false])
        let next = try fixture.reopened()
        try await next.requeueInterruptedJobs()
        let later = try await next.enqueueJob(document: .test("later"), header: [:], payload: [9], in: fixture.a)
        for id in ids {
            let claimed = try await claim(next)
            #expect(claimed.map(\.id) == [id] && claimed[0].runsAlone && claimed[0].interruptions == 0 && claimed[0].attempts == 1)
            _ = try await next.commit(version(claimed[0].document.rawValue), model: "m", finishing: claimed[0])
        }
        let rest = try await claim(next)
        #expect(rest.map(\.id) == [later] && !rest[0].runsAlone)
    }

    /// A process that repeatedly ends right after its start must not use up the attempts of one job.
    @Test func interruptionsGoRoundAmongThoseThatRanAlone() async throws {
        let fixture = try await CatalogFixture()
        _ = try await enqueue(8, in: fixture.a, fixture.catalog)
        _ = try await claim(fixture.catalog)
        var charged: [String: Int] = [:]
        for _ in 0..<17 {
            let next = try fixture.reopened()
            try await next.requeueInterruptedJobs()
            let job = try #require(try await claim(next).first)
            charged[job.id, default: 0] += 1
            #expect(job.interruptions == charged[job.id].map { $0 - 1 })
        }
        #expect(charged.count == 8 && charged.values.max() == 3)
    }

    @Test func nothingRunsBesideAJobThatRunsAlone() async throws {
        let fixture = try await CatalogFixture()
        _ = try await enqueue(2, in: fixture.a, fixture.catalog)
        _ = try await claim(fixture.catalog)
        let next = try fixture.reopened()
        try await next.requeueInterruptedJobs()
        _ = try await enqueue(1, in: fixture.b, next)
        // While B's job runs, no job is claimed, so that A's turn comes.
        #expect(try await claim(next, busy: [fixture.b.tenant]).isEmpty)
        #expect(try await claim(next).first?.scope == fixture.a)
    }

    @Test func aFailedUploadIsKeptUntilItIsRetriedAndReady() async throws {
        let fixture = try await CatalogFixture()
        let id = try await enqueue(1, in: fixture.a, fixture.catalog)[0]
        let job = try #require(try await claim(fixture.catalog).first)
        try await fixture.catalog.failJob(job, code: "interrupted", detail: "x", keepsUpload: true)
        try await fixture.catalog.pruneJobs(finishedDaysAgo: -1)
        #expect(try await fixture.catalog.job(id, in: fixture.a).isRetryable)
        let error = await #expect(throws: CatalogError.self) { try await fixture.catalog.retryJob(id, in: fixture.b) }
        #expect(error?.code == .jobNotFound)
        let again = try await fixture.catalog.retryJob(id, in: fixture.a)
        #expect(again.stage == .queued && again.errorCode == nil && !again.isRetryable)
        let retried = try #require(try await claim(fixture.catalog).first)
        #expect(retried.id == id && retried.payload == [0] && retried.attempts == 1)
        _ = try await fixture.catalog.commit(version("d0"), model: "m", finishing: retried)
        let refused = await #expect(throws: CatalogError.self) { try await fixture.catalog.retryJob(id, in: fixture.a) }
        #expect(refused?.code == .jobNotRetryable && refused?.detail == "the job cannot be retried: it is ready")
    }

    /// Retried and interrupted jobs may complete after a later upload of the same document; the later upload wins.
    @Test func whatWasAcknowledgedLastStandsWhateverTheOrder() async throws {
        let fixture = try await CatalogFixture()
        let failed = try await enqueue(1, in: fixture.a, fixture.catalog)[0]
        let first = try #require(try await claim(fixture.catalog).first)
        try await fixture.catalog.failJob(first, code: "internal", detail: "x", keepsUpload: true)
        let newer = try await enqueue(1, in: fixture.a, fixture.catalog)[0]
        let second = try #require(try await claim(fixture.catalog).first)
        #expect(second.id == newer)
        // Retried while the newer one runs, and completed after it.
        _ = try await fixture.catalog.retryJob(failed, in: fixture.a)
        _ = try await fixture.catalog.commit(version("d0", text: "newer"), model: "m", finishing: second)
        #expect(try await fixture.catalog.job(failed, in: fixture.a).stage == .cancelled)
        #expect(try await claim(fixture.catalog).isEmpty)
    }

    @Test(arguments: ["replaced", "imported", "deleted", "cancelled"]) func theOwnerErasesIt(by way: String) async throws {
        let fixture = try await CatalogFixture()
        let catalog = fixture.catalog
        let id = try await enqueue(1, in: fixture.a, catalog)[0]
        try await catalog.failJob(try #require(try await claim(catalog).first), code: "internal", detail: "x", keepsUpload: true)
        switch way {
        case "replaced":
            _ = try await enqueue(1, in: fixture.a, catalog)
            _ = try await catalog.commit(version("d0"), model: "m", finishing: try #require(try await claim(catalog).first))
        case "imported": _ = try await catalog.commit([version("d0")], model: "m", in: fixture.a)
        case "deleted": #expect(try await catalog.deleteDocument(.test("d0"), in: fixture.a) == (false, [id]))
        default: try await catalog.cancelJob(id, in: fixture.a)
        }
        let error = await #expect(throws: CatalogError.self) { try await catalog.retryJob(id, in: fixture.a) }
        #expect(error?.code == .jobNotRetryable)
        let finished = await #expect(throws: CatalogError.self) { try await catalog.cancelJob(id, in: fixture.a) }
        #expect(finished?.code == .jobFinished)
    }

    @Test func keptUploadsAreBounded() async throws {
        let fixture = try await CatalogFixture()
        _ = try await enqueue(CatalogStore.maximumKeptJobs, in: fixture.a, fixture.catalog)
        while case let jobs = try await claim(fixture.catalog), !jobs.isEmpty {
            for job in jobs { try await fixture.catalog.failJob(job, code: "internal", detail: "x", keepsUpload: true) }
        }
        let error = await #expect(throws: CatalogError.self) {
            try await fixture.catalog.enqueueJob(document: .test("one more"), header: [:], payload: [], in: fixture.a)
        }
        #expect(error?.code == .queueFull && error?.detail.contains("2000 failed uploads") == true)
        _ = try await fixture.catalog.deleteDocument(.test("d7"), in: fixture.a)
        _ = try await fixture.catalog.enqueueJob(document: .test("one more"), header: [:], payload: [], in: fixture.a)
    }
}
