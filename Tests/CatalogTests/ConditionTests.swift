import Catalog
import JSON
import Tenancy
import TestSupport
import Testing

/// Writes that depend on the stored version.
@Suite(.timeLimit(.minutes(10))) struct ConditionTests {
    private func tag(_ id: String, _ fixture: CatalogFixture) async throws -> String {
        try await fixture.catalog.document(.test(id), in: fixture.a).version.rawValue
    }

    private func store(_ version: DocumentVersion, _ fixture: CatalogFixture) async throws -> String {
        _ = try await fixture.catalog.commit([version], model: "m", in: fixture.a)
        return try await tag(version.id.rawValue, fixture)
    }

    private func claim(_ catalog: CatalogStore) async throws -> ClaimedJob {
        try #require(try await catalog.claimJobs(after: nil, limit: 1, payloadLimit: 99).first)
    }

    private func code(_ body: () async throws -> Void) async -> CatalogError.Code? {
        do { try await body() } catch { return (error as? CatalogError)?.code }
        return nil
    }

    @Test func eachChangeHasItsOwnTagWhichARestartKeeps() async throws {
        let fixture = try await CatalogFixture()
        var seen = Set([try await store(version("d"), fixture)])
        for changed in [
            version("d"), version("d", text: "three"), version("d", title: "T"), version("d", metadata: ["k": 1]), version("e"),
        ] {
            #expect(seen.insert(try await store(changed, fixture)).inserted)
        }
        let (now, again) = (try await tag("d", fixture), try fixture.reopened())
        #expect(try await again.document(.test("d"), in: fixture.a).version.rawValue == now)
        #expect(try await again.documents(after: nil, limit: 9, in: fixture.a).page.first?.version.rawValue == now)
        #expect(now.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F })
    }

    @Test func aConditionIsCheckedWhenAnUploadIsAccepted() async throws {
        let fixture = try await CatalogFixture()
        let current = try await store(version("d"), fixture)
        func accepts(_ id: String, _ condition: WriteCondition) async throws -> Bool {
            let code = await code {
                _ = try await fixture.catalog.enqueueJob(document: .test(id), header: [:], payload: [1], if: condition, in: fixture.a)
            }
            #expect(code == nil || code == .preconditionFailed)
            return code == nil
        }
        #expect(try await accepts("d", WriteCondition(required: .tagged(["x", current]))))
        #expect(try await accepts("d", WriteCondition(required: .any)))
        #expect(try await accepts("d", WriteCondition(required: .tagged(["x"]))) == false)
        #expect(try await accepts("d", WriteCondition(required: .tagged([]))) == false)
        #expect(try await accepts("d", WriteCondition(excluded: .any)) == false)
        #expect(try await accepts("d", WriteCondition(excluded: .tagged([current]))) == false)
        #expect(try await accepts("d", WriteCondition(excluded: .tagged(["x"]))))
        #expect(try await accepts("d", WriteCondition(required: .tagged([current]), excluded: .tagged([current]))) == false)
        #expect(try await accepts("none", WriteCondition(excluded: .any)))
        #expect(try await accepts("none", WriteCondition(required: .any)) == false)
        // The other tenant has no document of that name.
        let other = await code {
            _ = try await fixture.catalog.enqueueJob(
                document: .test("d"), header: [:], payload: [1], if: WriteCondition(required: .tagged([current])), in: fixture.b)
        }
        #expect(other == .preconditionFailed)
    }

    /// The condition is stored with the upload, so that it also holds in the next process.
    @Test func aVersionThatCameBetweenMakesTheJobFail() async throws {
        let fixture = try await CatalogFixture()
        let current = try await store(version("d"), fixture)
        let conditions = [WriteCondition(required: .tagged([current])), WriteCondition(excluded: .any)]
        for (document, condition) in zip(["d", "new"], conditions) {
            _ = try await fixture.catalog.enqueueJob(document: .test(document), header: [:], payload: [1], in: fixture.a)
            let id = try await fixture.catalog.enqueueJob(
                document: .test(document), header: ["n": 1], payload: [2], if: condition, in: fixture.a)
            #expect(try await fixture.catalog.claimJobs(after: nil, limit: 9, payloadLimit: 99).count == 2)
            let next = try fixture.reopened()
            try await next.requeueInterruptedJobs()
            #expect(try await next.commit(version(document, text: "first"), model: "m", finishing: claim(next)) != nil)
            let job = try await claim(next)
            #expect(job.id == id && job.condition == condition && job.header["n"] == 1)
            #expect(try await next.commit(version(document, text: "late"), model: "m", finishing: job) == nil)
            let record = try await next.job(id, in: fixture.a)
            #expect(record.stage == .failed && record.errorCode == "precondition_failed")
            #expect(try await next.documentWithText(.test(document), in: fixture.a).text == "first")
        }
    }

    @Test func ofTwoUploadsUnderOneConditionOneIsStored() async throws {
        let fixture = try await CatalogFixture()
        let catalog = fixture.catalog
        let current = try await store(version("d"), fixture)
        var ids: [String] = []
        for number in 0..<3 {
            ids.append(
                try await catalog.enqueueJob(
                    document: .test("d"), header: [:], payload: [UInt8(number)], if: WriteCondition(required: .tagged([current])),
                    in: fixture.a))
        }
        let jobs = try await catalog.claimJobs(after: nil, limit: 9, payloadLimit: 99)
        #expect(jobs.map(\.id) == ids)
        #expect(try await catalog.commit(version("d", text: "first"), model: "m", finishing: jobs[0]) != nil)
        let sequence = try await catalog.position(in: fixture.a).sequence
        for job in jobs.dropFirst() {
            #expect(try await catalog.commit(version("d", text: "late"), model: "m", finishing: job) == nil)
            let record = try await catalog.job(job.id, in: fixture.a)
            #expect(record.stage == .failed && record.errorCode == "precondition_failed" && !record.isRetryable && record.version == nil)
        }
        #expect(try await catalog.documentWithText(.test("d"), in: fixture.a).text == "first")
        #expect(try await catalog.position(in: fixture.a).sequence == sequence)
        #expect(try await catalog.job(ids[0], in: fixture.a).version?.rawValue == tag("d", fixture))
    }

    /// A job knows the version that it stored, also after that was replaced.
    @Test func aJobNamesItsOwnVersion() async throws {
        let fixture = try await CatalogFixture()
        let id = try await fixture.catalog.enqueueJob(document: .test("d"), header: [:], payload: [1], in: fixture.a)
        _ = try await fixture.catalog.commit(version("d"), model: "m", finishing: claim(fixture.catalog))
        let own = try await tag("d", fixture)
        let later = try await store(version("d", text: "later"), fixture)
        #expect(try await fixture.catalog.job(id, in: fixture.a).version?.rawValue == own && own != later)
    }

    @Test func aDeletionUnderAConditionDeletesAllOrNothing() async throws {
        let fixture = try await CatalogFixture()
        let catalog = fixture.catalog
        let current = try await store(version("d"), fixture)
        let waiting = try await catalog.enqueueJob(document: .test("d"), header: [:], payload: [1], in: fixture.a)
        for condition in [WriteCondition(required: .tagged(["x"])), WriteCondition(excluded: .any)] {
            #expect(await code { _ = try await catalog.deleteDocument(.test("d"), if: condition, in: fixture.a) } == .preconditionFailed)
        }
        #expect(try await catalog.job(waiting, in: fixture.a).stage == .queued)
        let deleted = try await catalog.deleteDocument(.test("d"), if: WriteCondition(required: .tagged([current])), in: fixture.a)
        #expect(deleted == (true, [waiting]))
        // What does not exist is not found, whatever the condition.
        #expect(try await catalog.deleteDocument(.test("d"), if: WriteCondition(required: .any), in: fixture.a) == (false, []))
    }

    /// A tag of the past must not name another version: sequence numbers repeat after a restore, and in a tenant that is made again.
    @Test func tagsDifferThoughSequenceNumbersRepeat() async throws {
        let fixture = try await CatalogFixture()
        let first = try await store(version("d"), fixture)
        try await fixture.catalog.deleteTenant(.test("a"))
        // The clock counts in milliseconds.
        let past = Timestamp.now()
        while Timestamp.now() == past { await Task.yield() }
        let again = try await CatalogFixture.create("a", fixture.catalog)
        _ = try await fixture.catalog.commit([version("d")], model: "m", in: again)
        let second = try await fixture.catalog.document(.test("d"), in: again)
        #expect(second.sequence == 1 && second.version.rawValue != first)
    }
}
