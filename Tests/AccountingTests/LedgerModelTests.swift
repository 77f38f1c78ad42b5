import Accounting
@_spi(ScopeMinting) import Catalog
import Foundation
import Logging
import Tenancy
import TestSupport
import Testing

/// Compares the ledger with a dictionary.
@Suite(.timeLimit(.minutes(10))) struct LedgerModelTests {
    /// The expected state of the ledger, in the simplest form: all requests, summed again each time.
    private struct Model {
        struct Request {
            let tenant: Int
            let startedAt: Timestamp
            var prompt: Int
            let completion: Int?
            var reserved: Int
            var outcome: UsageOutcome
            var tokens: UsageTokens
        }

        var requests: [Request] = []
        var quotas: [TokenQuota?] = [nil, nil]

        func standing(of tenant: Int, at now: Timestamp) -> (used: Int, reserved: Int) {
            let today = UTCDay(containing: now)
            let counted = requests.filter { request in
                let day = UTCDay(containing: request.startedAt)
                guard request.tenant == tenant else { return false }
                return switch quotas[tenant]?.period ?? .total {
                case .day: day == today
                case .month: day.monthStart == today.monthStart
                case .total: true
                }
            }
            return (
                counted.reduce(0) { $0 + ($1.outcome == .open ? 0 : $1.tokens.total) },
                counted.reduce(0) { $0 + ($1.outcome == .open ? $1.reserved : 0) }
            )
        }

        /// The reservation that a request should get; `nil` if it should be rejected.
        func reservation(_ tenant: Int, prompt: Int, completion: Int?, at now: Timestamp) -> Int? {
            let wanted = prompt + (completion ?? 1024)
            guard let quota = quotas[tenant] else { return wanted }
            let (used, reserved) = standing(of: tenant, at: now)
            let left = max(0, quota.tokens - used - reserved)
            return left < max(1, prompt + (completion ?? 1)) ? nil : min(wanted, left)
        }
    }

    private static let operations = 10_000

    @Test(arguments: [1, 2, 3] as [UInt64]) func randomRequestsAddUp(seed: UInt64) async throws {
        var rng = SplitMix64(seed: seed)
        let fixture = try await LedgerFixture(at: "2026-12-30T22:00:00Z")
        let scopes = [fixture.a, fixture.b]
        var ledger = fixture.ledger
        var model = Model()
        var open: [(place: Int, entry: UsageEntry)] = []
        for step in 0..<Self.operations {
            fixture.clock.advance(Int64.random(in: 0..<40_000, using: &rng))
            let tenant = Int.random(in: 0...1, using: &rng)
            switch Int.random(in: 0..<100, using: &rng) {
            case 0..<45:
                let prompt = Int.random(in: 0..<400, using: &rng)
                let completion = Bool.random(using: &rng) ? Int.random(in: 0..<300, using: &rng) : nil
                let expected = model.reservation(tenant, prompt: prompt, completion: completion, at: fixture.clock.now)
                let entry = try? await ledger.begin(LedgerFixture.request(prompt, completion), in: scopes[tenant])
                #expect((entry != nil) == (expected != nil), "seed \(seed), step \(step)")
                if let entry { open.append((model.requests.count, entry)) }
                model.requests.append(
                    Model.Request(
                        tenant: tenant, startedAt: fixture.clock.now, prompt: prompt, completion: completion, reserved: expected ?? 0,
                        outcome: expected == nil ? .refused : .open, tokens: .none))
            case 45..<80 where !open.isEmpty:
                let (place, entry) = open.remove(at: Int.random(in: open.indices, using: &rng))
                let outcomes: [UsageOutcome] = [.completed, .failed, .cancelled, .cached]
                let outcome = outcomes.randomElement(using: &rng) ?? .completed
                let tokens = UsageTokens(
                    prompt: Int.random(in: 0..<500, using: &rng), completion: Int.random(in: 0..<500, using: &rng),
                    isEstimated: Bool.random(using: &rng))
                for _ in 0..<Int.random(in: 1...2, using: &rng) { entry.settle(UsageSettlement(outcome, tokens: tokens)) }
                (model.requests[place].outcome, model.requests[place].tokens) = (outcome, tokens)
            case 80..<85 where !open.isEmpty:
                // The last reference is dropped here.
                let place = open.remove(at: Int.random(in: open.indices, using: &rng)).place
                model.requests[place].outcome = .abandoned
                model.requests[place].tokens = UsageTokens(prompt: model.requests[place].prompt, completion: 0, isEstimated: true)
            case 85..<90 where !open.isEmpty:
                let place = Int.random(in: open.indices, using: &rng)
                let request = model.requests[open[place].place]
                guard UTCDay(containing: request.startedAt) == UTCDay(containing: fixture.clock.now) else { continue }
                let more = Int.random(in: 0..<300, using: &rng)
                model.requests[open[place].place].reserved = 0
                let expected = model.reservation(
                    request.tenant, prompt: request.prompt + more, completion: request.completion, at: fixture.clock.now)
                let isTaken = (try? open[place].entry.retrieved(tokens: more)) != nil
                #expect(isTaken == (expected != nil), "seed \(seed), step \(step)")
                model.requests[open[place].place].prompt += more
                model.requests[open[place].place].reserved = expected ?? 0
                if expected == nil {
                    model.requests[open[place].place].outcome = .refused
                    open.remove(at: place)
                }
            case 90..<94:
                let quota =
                    Bool.random(using: &rng)
                    ? nil
                    : TokenQuota.Period.allCases.randomElement(using: &rng).map {
                        TokenQuota.test(Int.random(in: 0..<200_000, using: &rng), $0)
                    }
                try await fixture.catalog.setQuota(quota, of: scopes[tenant].tenant)
                try await ledger.refresh()
                model.quotas[tenant] = quota
            case 94..<96: fixture.clock.advance(Int64.random(in: 0..<60_000_000, using: &rng))
            case 96..<99: try await ledger.flush()
            default:
                // Simulates another process: open requests of this one are closed.
                guard step % 5 == 0 else { continue }
                for (place, entry) in open {
                    entry.settle(UsageSettlement(.failed, tokens: UsageTokens.none))
                    model.requests[place].outcome = .failed
                }
                open = []
                try await ledger.flush()
                ledger = try await .open(fixture.catalog, logger: Logger(label: "test"), clock: fixture.clock.ledgerClock)
            }
            if step % 50 == 0 {
                for tenant in 0...1 {
                    let standing = try await ledger.standing(in: scopes[tenant])
                    #expect((standing == nil) == (model.quotas[tenant] == nil), "seed \(seed), step \(step)")
                    guard let standing else { continue }
                    let expected = model.standing(of: tenant, at: fixture.clock.now)
                    #expect((standing.used, standing.reserved) == expected, "seed \(seed), step \(step)")
                }
            }
        }
        for (place, entry) in open {
            entry.settle(UsageSettlement(.completed, tokens: UsageTokens(prompt: 1, completion: 2)))
            (model.requests[place].outcome, model.requests[place].tokens) = (.completed, UsageTokens(prompt: 1, completion: 2))
        }
        try await ledger.flush()
        try await expectRows(fixture, scopes, model, seed)
    }

    private func expectRows(_ fixture: LedgerFixture, _ scopes: [TenantScope], _ model: Model, _ seed: UInt64) async throws {
        for tenant in 0...1 {
            let expected = model.requests.filter { $0.tenant == tenant }
            let rows = try await fixture.rows(scopes[tenant])
            #expect(rows.count == expected.count, "seed \(seed)")
            // Requests of the same millisecond have no defined order.
            func lines(_ requests: [(Timestamp, UsageOutcome, UsageTokens)]) -> [String] {
                requests.map { "\($0.0.milliseconds) \($0.1) \($0.2.prompt) \($0.2.completion) \($0.2.isEstimated)" }.sorted()
            }
            #expect(
                lines(rows.map { ($0.startedAt, $0.outcome, $0.tokens) })
                    == lines(expected.map { ($0.startedAt, $0.outcome, $0.tokens) }), "seed \(seed)")
            let sums = try await fixture.catalog.usage(by: [], in: LedgerFixture.always, limit: 1, in: scopes[tenant]).total
            #expect(sums.requests == expected.count && sums.promptTokens == expected.reduce(0) { $0 + $1.tokens.prompt })
            #expect(sums.completionTokens == expected.reduce(0) { $0 + $1.tokens.completion })
            #expect(sums.estimatedRequests == expected.count { $0.tokens.isEstimated })
            let today = UTCDay(containing: fixture.clock.now)
            let totals = try await fixture.catalog.usageTotals(on: today, in: scopes[tenant])
            #expect(totals.total == expected.reduce(0) { $0 + $1.tokens.total })
            #expect(
                totals.month
                    == expected.filter { UTCDay(containing: $0.startedAt).monthStart == today.monthStart }.reduce(0) {
                        $0 + $1.tokens.total
                    })
            #expect(totals.day == expected.filter { UTCDay(containing: $0.startedAt) == today }.reduce(0) { $0 + $1.tokens.total })
        }
        // Deleting rows must not change the sums that quotas are measured against.
        let today = UTCDay(containing: fixture.clock.now)
        let totals = [
            try await fixture.catalog.usageTotals(on: today, in: scopes[0]),
            try await fixture.catalog.usageTotals(on: today, in: scopes[1]),
        ]
        try await fixture.catalog.pruneUsage(before: today.start, batch: 100)
        for tenant in 0...1 {
            let kept = model.requests.count { $0.tenant == tenant && UTCDay(containing: $0.startedAt) == today }
            #expect(try await fixture.rows(scopes[tenant]).count == kept, "seed \(seed)")
            #expect(try await fixture.catalog.usageTotals(on: today, in: scopes[tenant]) == totals[tenant])
        }
    }
}
