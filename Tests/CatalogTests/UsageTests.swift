@_spi(ScopeMinting) import Catalog
import Foundation
import Tenancy
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct UsageTests {
    private static func record(
        _ at: String, model: String = "m", key: String = "abcdefghijkl", prompt: Int = 10, completion: Int = 1,
        outcome: UsageOutcome = .completed, rng: inout SplitMix64
    ) throws -> UsageRecord {
        let moment = try #require(Timestamp(rfc3339: at))
        var record = UsageRecord(
            id: UsageID(at: moment, using: &rng), startedAt: moment, key: try #require(KeyID(key)), model: model,
            tokens: UsageTokens(prompt: prompt, completion: completion))
        record.outcome = outcome
        return record
    }

    private static let always = Timestamp(milliseconds: 0)..<Timestamp(milliseconds: 4_102_444_800_000)

    /// Rows are listed by name: rows of the same millisecond are also in the order in which they started.
    @Test func namesAscendWithinAMillisecondAndAcrossOnes() throws {
        var rng = SplitMix64(seed: 2)
        var last: UsageID?
        for count in 0..<20_000 {
            let id = UsageID(at: Timestamp(milliseconds: 1_764_000_000_000 + Int64(count / 5_000)), after: last, using: &rng)
            #expect(UsageID(id.rawValue) == id && last.map { $0 < id } ?? true)
            last = id
        }
        // The last name of a millisecond: the next one belongs to the following millisecond.
        let full = try #require(UsageID("019ab4a5b000" + String(repeating: "f", count: 20)))
        let moment = Timestamp(milliseconds: 0x019a_b4a5_b000)
        #expect(UsageID(at: moment, after: full, using: &rng).rawValue == "019ab4a5b001" + String(repeating: "0", count: 20))
    }

    @Test func writingIsIdempotentInAnyOrder() async throws {
        let fixture = try await CatalogFixture()
        var rng = SplitMix64(seed: 1)
        let open = try Self.record("2026-11-22T10:00:00Z", prompt: 100, completion: 100, outcome: .open, rng: &rng)
        var ended = open
        (ended.outcome, ended.tokens) = (.completed, UsageTokens(prompt: 5, completion: 6))
        var late = ended
        (late.outcome, late.tokens) = (.failed, UsageTokens(prompt: 1, completion: 1))
        for rows in [[open], [ended, open], [late], [open, ended]] {
            try await fixture.catalog.writeUsage(rows.map { (fixture.a, $0) })
            try await fixture.catalog.writeUsage(rows.map { (fixture.a, $0) })
        }
        #expect(try await fixture.catalog.usage(in: Self.always, limit: 10, in: fixture.a).page == [ended])
        let totals = try await fixture.catalog.usageTotals(on: UTCDay(containing: open.startedAt), in: fixture.a)
        #expect(totals == UsageTotals(day: 11, month: 11, total: 11))
        #expect(try await fixture.catalog.usage(in: Self.always, limit: 10, in: fixture.b).page.isEmpty)
    }

    @Test func groupsArePagedAndAddUp() async throws {
        let fixture = try await CatalogFixture()
        var rng = SplitMix64(seed: 7)
        var rows: [UsageRecord] = []
        for _ in 0..<500 {
            let at = "2026-11-\(10 + Int.random(in: 0..<5, using: &rng))T\(10 + Int.random(in: 0..<9, using: &rng)):30:00Z"
            rows.append(
                try Self.record(
                    at, model: "m\(Int.random(in: 0..<3, using: &rng))", prompt: Int.random(in: 0..<100, using: &rng),
                    outcome: [.completed, .failed].randomElement(using: &rng) ?? .failed, rng: &rng))
        }
        try await fixture.catalog.writeUsage(rows.map { (fixture.a, $0) })
        for groupings in [[.day], [.hour, .outcome], [.model, .day], [.key], UsageGrouping.allCases] as [[UsageGrouping]] {
            for limit in [1, 3, 1000] {
                var groups: [UsageGroup] = []
                while true {
                    let (page, hasMore, total) = try await fixture.catalog.usage(
                        by: groupings, in: Self.always, after: groups.last?.values, limit: limit, in: fixture.a)
                    groups += page
                    #expect(page.count <= limit && total.requests == 500)
                    #expect(total.promptTokens == rows.reduce(0) { $0 + $1.tokens.prompt })
                    if !hasMore { break }
                }
                let expected = Dictionary(grouping: rows) { row in
                    groupings.map { grouping -> UsageGroupValue in
                        switch grouping {
                        case .day: .number(row.startedAt.milliseconds / 86_400_000)
                        case .hour: .number(row.startedAt.milliseconds / 3_600_000)
                        case .model: .text(row.model)
                        case .key: .text(row.key.rawValue)
                        case .outcome: .text(row.outcome.rawValue)
                        }
                    }
                }
                #expect(groups.count == expected.count && Set(groups.map(\.values)) == Set(expected.keys), "\(groupings), \(limit)")
                for group in groups {
                    let rows = expected[group.values] ?? []
                    #expect(group.sums.requests == rows.count)
                    #expect(group.sums.promptTokens == rows.reduce(0) { $0 + $1.tokens.prompt })
                }
            }
        }
        // Lists rows, newest first, page by page, and an interval that ends before the last row.
        var listed: [UsageRecord] = []
        while true {
            let (page, hasMore) = try await fixture.catalog.usage(in: Self.always, after: listed.last?.id, limit: 77, in: fixture.a)
            listed += page
            if !hasMore { break }
        }
        #expect(listed.map(\.id) == rows.map(\.id).sorted(by: >))
        let day = try #require(UTCDay(year: 2026, month: 11, day: 12))
        let of = try await fixture.catalog.usage(in: day.start..<day.next.start, limit: 1000, in: fixture.a).page
        #expect(of.count == rows.count { UTCDay(containing: $0.startedAt) == day })
    }

    @Test func aTenantsRowsGoWithIt() async throws {
        let fixture = try await CatalogFixture()
        var rng = SplitMix64(seed: 3)
        let record = try Self.record("2026-11-22T10:00:00Z", rng: &rng)
        try await fixture.catalog.writeUsage([(fixture.a, record)])
        try await fixture.catalog.setQuota(TokenQuota(tokens: 5, per: .total), of: fixture.a.tenant)
        try await fixture.catalog.deleteTenant(fixture.a.tenant)
        let new = try await CatalogFixture.create("a", fixture.catalog)
        // Late rows of a deleted tenant are dropped.
        try await fixture.catalog.writeUsage([(fixture.a, record), (fixture.b, record)])
        #expect(try await fixture.catalog.usage(in: Self.always, limit: 10, in: new).page.isEmpty)
        #expect(try await fixture.catalog.usage(in: Self.always, limit: 10, in: fixture.b).page == [record])
        #expect(try await fixture.catalog.quota(in: new) == nil)
        #expect(try await fixture.catalog.usageTotals(on: UTCDay(containing: record.startedAt), in: new).total == 0)
        await #expect(throws: CatalogError.self) { try await fixture.catalog.usage(in: Self.always, limit: 10, in: fixture.a) }
        await #expect(throws: CatalogError.self) { try await fixture.catalog.quota(in: fixture.a) }
        #expect(try await fixture.catalog.quotas(in: [fixture.a, new]).keys.elementsEqual([new]))
    }

    @Test func momentsAreReadAsRFC3339Has() throws {
        let readable: [(String, String)] = [
            ("2026-07-28", "2026-07-28T00:00:00.000Z"), ("2026-07-28T09:30:00Z", "2026-07-28T09:30:00.000Z"),
            ("2026-07-28t09:30:00.1259z", "2026-07-28T09:30:00.125Z"), ("2026-07-28T00:30:00+02:00", "2026-07-27T22:30:00.000Z"),
            ("2024-02-29T23:59:60-01:30", "2024-03-01T01:30:00.000Z"), ("1970-01-01", "1970-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000Z"), ("2026-07-28 09:30:00 02:00", "2026-07-28T07:30:00.000Z"),
        ]
        for (text, expected) in readable { #expect(Timestamp(rfc3339: text)?.iso8601 == expected, "\(text)") }
        let wrong = [
            "", "2026", "2026-7-28", "2026-13-01", "2026-02-29", "2026-00-10", "1969-12-31", "2026-07-28T", "2026-07-28T09:30", "now",
            "2026-07-28T09:30:00", "2026-07-28T24:00:00Z", "2026-07-28T09:30:00.Z", "2026-07-28T09:30:00+2:00", "2026-07-28T09:30:00Zz",
            "1970-01-01T00:00:00+00:01", "２026-07-28", "2026-07-28T09:30:00+99:00", String(repeating: "2", count: 50_000),
        ]
        for text in wrong { #expect(Timestamp(rfc3339: text) == nil, "\(text.prefix(40))") }
    }

    @Test func daysAreThoseOfTheCalendar() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
        var rng = SplitMix64(seed: 11)
        for _ in 0..<3000 {
            let moment = Timestamp(milliseconds: Int64.random(in: 0..<253_402_300_800_000, using: &rng))
            let parts = calendar.dateComponents(
                [.year, .month, .day], from: Date(timeIntervalSince1970: Double(moment.milliseconds / 1000)))
            let day = UTCDay(containing: moment)
            let (year, month, number) = (Int64(parts.year ?? 0), Int64(parts.month ?? 0), Int64(parts.day ?? 0))
            #expect(UTCDay(year: year, month: month, day: number) == day && moment.iso8601.hasPrefix(day.description))
            #expect(day.monthStart == UTCDay(year: year, month: month, day: 1))
            let next = day.nextMonthStart
            #expect(next > day && next.monthStart == next && UTCDay(number: next.number - 1).monthStart == day.monthStart)
        }
        #expect(UTCDay(containing: Timestamp(milliseconds: -1)).number == -1)
        #expect(UTCDay(year: 2023, month: 2, day: 29) == nil && UTCDay(year: 10_000, month: 1, day: 1) == nil)
    }
}
