import Catalog
import JSON
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct JobListTests {
    @Test func jobsAreListedNewestFirstByStage() async throws {
        let fixture = try await CatalogFixture()
        var ids: [String] = []
        for number in 0..<5 {
            ids.append(try await fixture.catalog.enqueueJob(document: .test("d\(number)"), header: [:], payload: [1], in: fixture.a))
        }
        for job in ids[1...2] { try await fixture.catalog.cancelJob(job, in: fixture.a) }
        let first = try await fixture.catalog.jobs(in: nil, before: nil, limit: 3, in: fixture.a)
        #expect(first.jobs.map(\.id) == [ids[4], ids[3], ids[2]] && first.counts == [.queued: 3, .cancelled: 2])
        let second = try await fixture.catalog.jobs(in: nil, before: first.next, limit: 3, in: fixture.a)
        #expect(second.jobs.map(\.id) == [ids[1], ids[0]] && second.next == nil)
        let cancelled = try await fixture.catalog.jobs(in: .cancelled, before: nil, limit: 1, in: fixture.a)
        #expect(cancelled.jobs.map(\.id) == [ids[2]] && cancelled.next != nil)
        let last = try await fixture.catalog.jobs(in: .cancelled, before: cancelled.next, limit: 1, in: fixture.a)
        #expect(last.jobs.map(\.id) == [ids[1]] && last.next == nil)
        let others = try await fixture.catalog.jobs(in: nil, before: nil, limit: 9, in: fixture.b)
        #expect(others.jobs.isEmpty && others.counts.isEmpty && others.next == nil)
    }
}
