import Accounting
@_spi(ScopeMinting) import Catalog
import Foundation
import Logging
import Tenancy
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct UsageLedgerTests {
    @Test func aRequestLeavesOneRowWithItsNumbers() async throws {
        let fixture = try await LedgerFixture()
        let entry = try await fixture.ledger.begin(LedgerFixture.request(100, 50), in: fixture.a)
        try entry.retrieved(tokens: 30)
        fixture.clock.advance(7)
        entry.noteFirstToken()
        fixture.clock.advance(5)
        entry.noteFirstToken()
        entry.answered(by: "other")
        #expect(entry.settle(UsageSettlement(.completed, tokens: UsageTokens(prompt: 120, completion: 9, cached: 64))))
        #expect(!entry.settle(UsageSettlement(.failed, tokens: UsageTokens(prompt: 1, completion: 1))))
        try await fixture.ledger.flush()
        try await fixture.ledger.flush()
        let row = try #require(try await fixture.rows(fixture.a).first)
        #expect(row.outcome == .completed && row.tokens == UsageTokens(prompt: 120, completion: 9, cached: 64))
        #expect(row.requestedModel == "m" && row.model == "other" && row.key == LedgerFixture.key && row.retrievedTokens == 30)
        #expect(row.firstTokenMicroseconds == 7000 && row.durationMicroseconds == 12_000 && row.errorCode == nil)
        #expect(row.startedAt.iso8601 == "2026-11-22T12:00:00.000Z")
        #expect(try await fixture.rows(fixture.a).count == 1)
        #expect(try await fixture.rows(fixture.b).isEmpty)
        #expect(fixture.ledger.depth == (0, 0))
    }

    @Test func anEntryThatIsDroppedSettlesItself() async throws {
        let fixture = try await LedgerFixture(quota: .test(1000))
        do { _ = try await fixture.ledger.begin(LedgerFixture.request(100, 50), in: fixture.a) }
        try await fixture.ledger.flush()
        let row = try #require(try await fixture.rows(fixture.a).first)
        #expect(row.outcome == .abandoned && row.tokens == UsageTokens(prompt: 100, completion: 0, isEstimated: true))
        let standing = try #require(try await fixture.ledger.standing(in: fixture.a))
        #expect(standing.used == 100 && standing.reserved == 0 && standing.left == 900)
    }

    @Test func aQuotaIsReservedBeforeAndSettledAfter() async throws {
        let fixture = try await LedgerFixture(quota: .test(1000))
        let first = try await fixture.ledger.begin(LedgerFixture.request(400, 300), in: fixture.a)
        #expect(try await fixture.ledger.standing(in: fixture.a)?.reserved == 700)
        let error = await #expect(throws: AccountingError.self) {
            try await fixture.ledger.begin(LedgerFixture.request(200, 101), in: fixture.a)
        }
        #expect(error?.code == .quotaExceeded && error?.standing?.left == 300)
        #expect(error?.detail.contains("may use 301 tokens, but the quota of 1000 tokens per day has 300 left") == true)
        #expect(error?.standing?.resetsAt?.iso8601 == "2026-11-23T00:00:00.000Z")
        first.settle(UsageSettlement(.completed, tokens: UsageTokens(prompt: 100, completion: 100)))
        // Without a token limit, a request reserves what is left; with nothing left, it does not start.
        let second = try await fixture.ledger.begin(LedgerFixture.request(200), in: fixture.a)
        #expect(try await fixture.ledger.standing(in: fixture.a)?.left == 0)
        await #expect(throws: AccountingError.self) { try await fixture.ledger.begin(LedgerFixture.request(0), in: fixture.a) }
        // Tenants have separate quotas.
        let other = try await fixture.ledger.begin(LedgerFixture.request(9_000_000), in: fixture.b)
        withExtendedLifetime((second, other)) {}
        try await fixture.ledger.flush()
        #expect(try await fixture.rows(fixture.a).map(\.outcome).filter { $0 == .refused }.count == 2)
        #expect(try await fixture.rows(fixture.a).filter { $0.outcome == .refused }.allSatisfy { $0.tokens == .none })
    }

    @Test func whatIsRetrievedIsReservedToo() async throws {
        let fixture = try await LedgerFixture(quota: .test(1000))
        let open = try await fixture.ledger.begin(LedgerFixture.request(100), in: fixture.a)
        #expect(try await fixture.ledger.standing(in: fixture.a)?.reserved == 1000)
        try open.retrieved(tokens: 800)
        #expect(try await fixture.ledger.standing(in: fixture.a)?.reserved == 1000)
        let error = #expect(throws: AccountingError.self) { try open.retrieved(tokens: 100) }
        #expect(error?.code == .quotaExceeded)
        #expect(!open.settle(UsageSettlement(.completed, tokens: UsageTokens(prompt: 1, completion: 1))))
        let standing = try #require(try await fixture.ledger.standing(in: fixture.a))
        #expect(standing.used == 0 && standing.reserved == 0)
        try await fixture.ledger.flush()
        #expect(try await fixture.rows(fixture.a).map(\.outcome) == [.refused])
    }

    @Test func hugeNumbersNeitherTrapNorWrap() async throws {
        let fixture = try await LedgerFixture(quota: .test(10_000))
        await #expect(throws: AccountingError.self) {
            try await fixture.ledger.begin(LedgerFixture.request(.max, .max), in: fixture.a)
        }
        for _ in 0..<3 {
            let open = try await fixture.ledger.begin(LedgerFixture.request(.max, .max), in: fixture.b)
            try open.retrieved(tokens: .max)
            open.settle(UsageSettlement(.completed, tokens: UsageTokens(prompt: .max, completion: .max, cached: .min)))
        }
        try await fixture.ledger.flush()
        let row = try #require(try await fixture.rows(fixture.b).first)
        #expect(row.tokens.prompt == UsageTokens.maximum && row.tokens.cached == 0 && row.tokens.isEstimated)
        let sums = try await fixture.catalog.usage(by: [], in: LedgerFixture.always, limit: 1, in: fixture.b).total
        #expect(sums.promptTokens == 3 * UsageTokens.maximum)
    }

    @Test func aChangedQuotaIsNoticedAndADeletedTenantForgotten() async throws {
        let fixture = try await LedgerFixture()
        let open = try await fixture.ledger.begin(LedgerFixture.request(500), in: fixture.a)
        open.settle(UsageSettlement(.completed, tokens: UsageTokens(prompt: 500, completion: 0)))
        #expect(try await fixture.ledger.standing(in: fixture.a) == nil)
        // Sets the quota as another process would.
        let beside = try CatalogStore(file: fixture.file)
        try await beside.setQuota(.test(600, .total), of: fixture.a.tenant)
        try await fixture.ledger.refresh()
        #expect(try await fixture.ledger.standing(in: fixture.a)?.left == 100)
        await #expect(throws: AccountingError.self) { try await fixture.ledger.begin(LedgerFixture.request(101), in: fixture.a) }
        try await beside.setQuota(nil, of: fixture.a.tenant)
        try await fixture.ledger.refresh()
        let running = try await fixture.ledger.begin(LedgerFixture.request(101), in: fixture.a)

        try await beside.deleteTenant(fixture.a.tenant)
        try await beside.createTenant(fixture.a.tenant, name: "another")
        try await fixture.ledger.refresh()
        running.settle(UsageSettlement(.completed, tokens: UsageTokens(prompt: 1, completion: 1)))
        let error = await #expect(throws: AccountingError.self) {
            try await fixture.ledger.begin(LedgerFixture.request(1), in: fixture.a)
        }
        #expect(error?.code == .unreadable && (error?.cause as? CatalogError)?.code == .tenantNotFound)
        try await fixture.ledger.flush()
        #expect(fixture.ledger.depth == (0, 0))
        let new = try #require(try await beside.scope(of: fixture.a.tenant))
        #expect(try await fixture.rows(new).isEmpty)
        #expect(try await beside.usageTotals(on: UTCDay(containing: fixture.clock.now), in: new).total == 0)
    }

    @Test func rowsWaitWhileTheCatalogRefusesAndNoMoreBegin() async throws {
        let fixture = try await LedgerFixture(backlog: 3)
        let first = try await fixture.ledger.begin(LedgerFixture.request(1), in: fixture.a)
        first.settle(UsageSettlement(.completed, tokens: UsageTokens(prompt: 5, completion: 5)))
        try await fixture.ledger.flush()
        try fixture.refuseWrites(true)
        for _ in 0..<3 { _ = try await fixture.ledger.begin(LedgerFixture.request(1), in: fixture.a) }
        await #expect(throws: (any Error).self) { try await fixture.ledger.flush() }
        #expect(fixture.ledger.depth == (0, 3))
        let error = await #expect(throws: AccountingError.self) {
            try await fixture.ledger.begin(LedgerFixture.request(1), in: fixture.a)
        }
        #expect(error?.code == .backlogged)
        try fixture.refuseWrites(false)
        try await fixture.ledger.flush()
        #expect(try await fixture.rows(fixture.a).count == 4)
        _ = try await fixture.ledger.begin(LedgerFixture.request(1), in: fixture.a)
    }

    /// The service writes on its own, continues after a failure, and `stop` writes the remaining rows even from a cancelled task.
    @Test(.timeLimit(.minutes(10))) func theServiceWritesInGroups() async throws {
        let fixture = try await LedgerFixture()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await fixture.ledger.run() }
            for number in 0..<3 {
                fixture.clock.advance(1)
                if number == 1 { try fixture.refuseWrites(true) }
                let entry = try await fixture.ledger.begin(LedgerFixture.request(1), in: fixture.a)
                entry.settle(UsageSettlement(.completed, tokens: UsageTokens(prompt: 1, completion: 1)))
                if number == 1 {
                    for _ in 0..<50 {
                        fixture.clock.tick()
                        await Task.yield()
                    }
                    #expect(fixture.ledger.depth.waiting == 1)
                    try fixture.refuseWrites(false)
                }
                try await waitUntil {
                    fixture.clock.tick()
                    return fixture.ledger.depth.waiting == 0
                }
            }
            group.cancelAll()
        }
        fixture.clock.advance(1)
        _ = try await fixture.ledger.begin(LedgerFixture.request(1), in: fixture.a)
        let stopping = Task { await fixture.ledger.stop() }
        stopping.cancel()
        await stopping.value
        #expect(try await fixture.rows(fixture.a).map(\.outcome) == [.completed, .completed, .completed, .abandoned])
    }

    @Test func theNextProcessClosesWhatWasOpen() async throws {
        let fixture = try await LedgerFixture(quota: .test(10_000, .month))
        let open = try await fixture.ledger.begin(LedgerFixture.request(100, 50), in: fixture.a)
        let ended = try await fixture.ledger.begin(LedgerFixture.request(7, 8), in: fixture.a)
        ended.settle(UsageSettlement(.completed, tokens: UsageTokens(prompt: 3, completion: 4)))
        try await fixture.ledger.flush()
        #expect(try await fixture.catalog.usage(by: [], in: LedgerFixture.always, limit: 1, in: fixture.a).total.promptTokens == 3)
        // The first ledger is still alive, unlike that of a killed process.
        let next = try await UsageLedger.open(
            try CatalogStore(file: fixture.file), logger: Logger(label: "test"), clock: fixture.clock.ledgerClock)
        let rows = try await fixture.rows(fixture.a)
        #expect(Set(rows.map(\.outcome)) == [.completed, .interrupted])
        let row = try #require(rows.first { $0.outcome == .interrupted })
        #expect(row.tokens == UsageTokens(prompt: 100, completion: 50, isEstimated: true))
        #expect(try await next.standing(in: fixture.a)?.used == 157)
        // A closed request stays closed, even if its row is written late.
        open.settle(UsageSettlement(.completed, tokens: UsageTokens(prompt: 1, completion: 1)))
        try await fixture.ledger.flush()
        #expect(try await fixture.rows(fixture.a) == rows)
        #expect(try await fixture.catalog.usageTotals(on: UTCDay(containing: fixture.clock.now), in: fixture.a).total == 157)
        #expect(try await fixture.catalog.closeInterruptedUsage() == 0)
    }

    @Test(arguments: [3, 11, 200]) func concurrentReservationsNeverExceedTheQuota(share: Int) async throws {
        let limit = 1000
        let fixture = try await LedgerFixture(quota: .test(limit, .total))
        let begun = await withTaskGroup(of: UsageEntry?.self) { group in
            for _ in 0..<600 {
                group.addTask { try? await fixture.ledger.begin(LedgerFixture.request(share - 1, 1), in: fixture.a) }
            }
            return await group.reduce(into: [UsageEntry]()) { if let entry = $1 { $0.append(entry) } }
        }
        #expect(begun.count == limit / share)
        let standing = try #require(try await fixture.ledger.standing(in: fixture.a))
        #expect(standing.reserved == begun.count * share && standing.used == 0)
        await withTaskGroup(of: Void.self) { group in
            for entry in begun {
                group.addTask { entry.settle(UsageSettlement(.completed, tokens: UsageTokens(prompt: share - 1, completion: 1))) }
            }
        }
        let after = try #require(try await fixture.ledger.standing(in: fixture.a))
        #expect(after.used == begun.count * share && after.reserved == 0)
        await #expect(throws: AccountingError.self) { try await fixture.ledger.begin(LedgerFixture.request(share - 1, 1), in: fixture.a) }
    }
}
