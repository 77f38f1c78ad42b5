import Catalog
import Tenancy

/// The used and reserved tokens of one tenant, and the quota that limits them. A plain value; time is an argument.
///
/// A request counts in the day and month in which it began. The account always tracks all three periods, so that a change of the quota
/// needs no historical data.
struct TenantAccount: Sendable {
    private struct Tally {
        var used = 0
        var reserved = 0
    }

    var quota: TokenQuota?
    /// The id of the request that began last.
    var lastID: UsageID?
    private var today: UTCDay
    private var tallies: [TokenQuota.Period: Tally]

    /// Tokens reserved for a completion without a length limit.
    static let defaultCompletion = 1024

    init(quota: TokenQuota?, totals: UsageTotals, on day: UTCDay) {
        (self.quota, today) = (quota, day)
        tallies = [.day: Tally(used: totals.day), .month: Tally(used: totals.month), .total: Tally(used: totals.total)]
    }

    /// Returns the tenant's use of its quota; `nil` without a quota.
    mutating func standing(on day: UTCDay) -> QuotaStanding? {
        turn(to: day)
        guard let quota else { return nil }
        let tally = tallies[quota.period] ?? Tally()
        return QuotaStanding(quota, used: tally.used, reserved: tally.reserved, on: today)
    }

    /// Reserves tokens for a request's prompt and maximum completion. Without a maximum, reserves `defaultCompletion`, or the rest of the
    /// quota if that is less: one token beyond the prompt is enough.
    ///
    /// - Returns: the reserved tokens; `nil`, without a reservation, if too few tokens are left.
    mutating func reserve(prompt: Int, completion: Int?, on day: UTCDay) -> Int? {
        let wanted = prompt.addingClamped(completion ?? Self.defaultCompletion)
        guard let left = standing(on: day)?.left else { return add(wanted, day) }
        guard left >= Self.needed(prompt: prompt, completion: completion) else { return nil }
        return add(min(wanted, left), day)
    }

    /// Returns the number of tokens that must be left for a request to begin.
    static func needed(prompt: Int, completion: Int?) -> Int { max(1, prompt.addingClamped(completion ?? 1)) }

    /// Releases the reservation of a request that began on `day`, and adds the tokens that it used.
    mutating func release(_ reserved: Int, used: Int, began day: UTCDay) {
        each(of: day) { tally in
            tally.reserved = max(0, tally.reserved.subtractingClamped(reserved))
            tally.used = tally.used.addingClamped(used)
        }
    }

    private mutating func add(_ tokens: Int, _ day: UTCDay) -> Int {
        turn(to: day)
        each(of: day) { $0.reserved = $0.reserved.addingClamped(tokens) }
        return tokens
    }

    /// Resets the tallies of periods that ended before `day`.
    private mutating func turn(to day: UTCDay) {
        guard day > today else { return }
        tallies[.day] = Tally()
        if day.monthStart != today.monthStart { tallies[.month] = Tally() }
        today = day
    }

    /// Calls `body` for each current tally in which a request that began on `day` counts.
    private mutating func each(of day: UTCDay, _ body: (inout Tally) -> Void) {
        if day == today { body(&tallies[.day, default: Tally()]) }
        if day.monthStart == today.monthStart { body(&tallies[.month, default: Tally()]) }
        body(&tallies[.total, default: Tally()])
    }
}
