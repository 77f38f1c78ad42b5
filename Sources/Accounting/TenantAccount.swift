import Catalog
import Tenancy

/// What one tenant's requests took and may still take, and the quota that bounds both. A value; time is an argument.
///
/// A request counts in the day and month in which it began. All three periods are kept, whatever the quota's, so that a change of the
/// quota needs no look into the past.
struct TenantAccount: Sendable {
    private struct Tally {
        var used = 0
        var reserved = 0
    }

    var quota: TokenQuota?
    /// Of the request that began last.
    var lastID: UsageID?
    private var today: UTCDay
    private var day: Tally
    private var month: Tally
    private var total: Tally

    /// What is reserved for a completion whose length nobody bounds.
    static let standardCompletion = 1024

    init(quota: TokenQuota?, totals: UsageTotals, on day: UTCDay) {
        (self.quota, today) = (quota, day)
        self.day = Tally(used: totals.day)
        month = Tally(used: totals.month)
        total = Tally(used: totals.total)
    }

    /// How the tenant stands; `nil` without a quota.
    mutating func standing(on day: UTCDay) -> QuotaStanding? {
        turn(to: day)
        guard let quota else { return nil }
        let tally =
            switch quota.period {
            case .day: self.day
            case .month: month
            case .total: total
            }
        return QuotaStanding(quota, used: tally.used, reserved: tally.reserved, on: today)
    }

    /// Reserves what a request may take: its prompt, and the completion it asks for. One that does not bound its completion gets the
    /// standard, or what is left if that is less: with a token left it may begin.
    ///
    /// - Returns: what was reserved; `nil`, and nothing, where too little is left.
    mutating func reserve(prompt: Int, completion: Int?, on day: UTCDay) -> Int? {
        let wanted = prompt.addingClamped(completion ?? Self.standardCompletion)
        guard let left = standing(on: day)?.left else { return add(wanted, day) }
        guard left >= Self.needed(prompt: prompt, completion: completion) else { return nil }
        return add(min(wanted, left), day)
    }

    /// What must be left for a request to begin.
    static func needed(prompt: Int, completion: Int?) -> Int { max(1, prompt.addingClamped(completion ?? 1)) }

    /// Gives back what was reserved for a request that began on `day`, and counts what it took.
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

    /// Begins new periods where `day` is in one.
    private mutating func turn(to day: UTCDay) {
        guard day > today else { return }
        self.day = Tally()
        if day.monthStart != today.monthStart { month = Tally() }
        today = day
    }

    /// The tallies of now that a request which began on `day` counts in.
    private mutating func each(of day: UTCDay, _ body: (inout Tally) -> Void) {
        if day == today { body(&self.day) }
        if day.monthStart == today.monthStart { body(&month) }
        body(&total)
    }
}
