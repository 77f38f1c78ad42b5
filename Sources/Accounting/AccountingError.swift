public import Catalog
public import Tenancy

/// Why a request to a model may not begin.
public struct AccountingError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        /// What it may take is more than what is left; `standing` says what that is.
        case quotaExceeded
        /// Too many rows wait to be written.
        case backlogged
        /// The tenant's account cannot be read; `cause` says why.
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

/// How a tenant stands to its quota.
public struct QuotaStanding: Hashable, Sendable {
    public let quota: TokenQuota
    /// Tokens of requests that ended, in this period.
    public let used: Int
    /// Tokens that requests under way may take.
    public let reserved: Int
    /// When the next period begins; `nil` if none does.
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

    /// As the operator sees it from beside: what is reserved, only the server knows.
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

// Sums that stay at the ends of their type: a count that is too large must not end the process.
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
