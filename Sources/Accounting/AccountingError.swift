public import Catalog
public import Tenancy

/// The reason why a model request may not begin.
public struct AccountingError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        /// The request may use more tokens than the quota has left; `standing` has the numbers.
        case quotaExceeded
        /// Too many usage rows are waiting to be written.
        case backlogged
        /// The tenant's account cannot be read; `cause` has the reason.
        case unreadable
    }

    public let code: Code
    public let detail: String
    public let standing: QuotaStanding?
    public let cause: (any Error)?

    init(_ code: Code, _ detail: String, standing: QuotaStanding? = nil, cause: (any Error)? = nil) {
        (self.code, self.detail, self.standing, self.cause) = (code, detail, standing, cause)
    }

    public var description: String { detail }
}

/// A tenant's use of its quota.
public struct QuotaStanding: Hashable, Sendable {
    public let quota: TokenQuota
    /// Tokens used by finished requests in this period.
    public let used: Int
    /// Tokens reserved for open requests.
    public let reserved: Int
    /// The start of the next period; `nil` if there is none.
    public let resetsAt: Timestamp?

    public var left: Int { max(0, quota.tokens.subtractingClamped(used).subtractingClamped(reserved)) }

    public init(_ quota: TokenQuota, used: Int, reserved: Int, on day: UTCDay) {
        (self.quota, self.used, self.reserved) = (quota, used, reserved)
        resetsAt =
            switch quota.period {
            case .day: day.next.start
            case .month: day.nextMonthStart.start
            case .total: nil
            }
    }

    /// Creates the operator's view from outside the server, which alone knows the reserved tokens.
    public init(_ quota: TokenQuota, totals: UsageTotals, on day: UTCDay) {
        self.init(quota, used: totals[quota.period], reserved: 0, on: day)
    }
}

extension UsageTotals {
    fileprivate subscript(period: TokenQuota.Period) -> Int {
        switch period {
        case .day: day
        case .month: month
        case .total: total
        }
    }
}

// Saturating arithmetic: a count that is too large must not crash the process.
extension Int {
    func addingClamped(_ other: Int) -> Int {
        let (sum, overflowed) = addingReportingOverflow(other)
        return overflowed ? (other > 0 ? .max : .min) : sum
    }

    func subtractingClamped(_ other: Int) -> Int {
        let (difference, overflowed) = subtractingReportingOverflow(other)
        return overflowed ? (other > 0 ? .min : .max) : difference
    }
}
