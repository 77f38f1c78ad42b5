import Accounting
@_spi(ScopeMinting) import Catalog
import Foundation
import GRDB
import Logging
import Synchronization
import Tenancy
import TestSupport
import Testing

/// A clock that advances only when told to. A task that sleeps on it sleeps until it is cancelled or until `tick` wakes all of them.
final class TestClock: Sendable {
    private struct State {
        var wall: Int64
        var uptime: Int64 = 0
        var sleepers: [Int: AsyncStream<Void>.Continuation] = [:]
        var next = 0
    }

    private let state: Mutex<State>

    init(at date: String) { state = Mutex(State(wall: Timestamp(rfc3339: date)?.milliseconds ?? 0)) }

    var now: Timestamp { state.withLock { Timestamp(milliseconds: $0.wall) } }

    /// - Parameter milliseconds: if negative, only the wall clock is set back.
    func advance(_ milliseconds: Int64) {
        state.withLock { state in
            state.wall += milliseconds
            state.uptime += max(0, milliseconds)
        }
    }

    func tick() {
        let sleepers = state.withLock { state in
            defer { state.sleepers = [:] }
            return Array(state.sleepers.values)
        }
        for sleeper in sleepers { sleeper.finish() }
    }

    private func sleep() async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        let number = state.withLock { state in
            state.next += 1
            state.sleepers[state.next] = continuation
            return state.next
        }
        for await _ in stream {}
        state.withLock { $0.sleepers[number] = nil }
        try Task.checkCancellation()
    }

    var ledgerClock: LedgerClock {
        LedgerClock(
            wall: { self.now }, uptime: { .milliseconds(self.state.withLock { $0.uptime }) }, sleep: { _ in try await self.sleep() })
    }
}

/// A catalog with two tenants, and a ledger on top of it.
struct LedgerFixture {
    let file: URL
    let catalog: CatalogStore
    let ledger: UsageLedger
    let clock: TestClock
    let a: TenantScope
    let b: TenantScope

    init(at date: String = "2026-11-22T12:00:00Z", quota: TokenQuota? = nil, backlog: Int = 100_000) async throws {
        file = try TestPaths.scratch("ledger").appending(path: "catalog.sqlite")
        catalog = try CatalogStore(file: file)
        clock = TestClock(at: date)
        for name in ["a", "b"] { try await catalog.createTenant(.test(name), name: name) }
        a = try #require(try await catalog.scope(of: .test("a")))
        b = try #require(try await catalog.scope(of: .test("b")))
        try await catalog.setQuota(quota, of: a.tenant)
        ledger = try await .open(catalog, logger: Logger(label: "test"), clock: clock.ledgerClock, backlog: backlog)
    }

    static let key = KeyID("abcdefghijkl") ?? APIKey.random().id

    static func request(_ prompt: Int, _ completion: Int? = nil, model: String = "m") -> UsageRequest {
        UsageRequest(key: key, requestedModel: model, model: model, promptTokens: prompt, maximumCompletionTokens: completion)
    }

    /// Makes SQLite reject usage rows, or accept them again, as another process could.
    func refuseWrites(_ refuses: Bool) throws {
        var configuration = Configuration()
        // The ledger may be writing; without a timeout, this connection could fail on its lock.
        configuration.busyMode = .timeout(30)
        let beside = try DatabaseQueue(path: file.path, configuration: configuration)
        let trigger = "CREATE TRIGGER refuse BEFORE INSERT ON usage BEGIN SELECT RAISE(ABORT, 'refused'); END"
        try beside.write { db in try db.execute(sql: refuses ? trigger : "DROP TRIGGER refuse") }
        try beside.close()
    }

    static let always = Timestamp(milliseconds: 0)..<Timestamp(milliseconds: 4_102_444_800_000)

    /// Returns all rows of a tenant, oldest first.
    func rows(_ scope: TenantScope) async throws -> [UsageRecord] {
        var rows: [UsageRecord] = []
        while true {
            let (page, hasMore) = try await catalog.usage(in: Self.always, after: rows.last?.id, limit: 997, in: scope)
            rows += page
            if !hasMore { return rows.reversed() }
        }
    }
}

extension TokenQuota {
    static func test(_ tokens: Int, _ period: Period = .day) -> TokenQuota {
        guard let quota = TokenQuota(tokens: tokens, per: period) else { preconditionFailure("\(tokens) is not a valid quota") }
        return quota
    }
}
