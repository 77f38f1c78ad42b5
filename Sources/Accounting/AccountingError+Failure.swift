import Catalog
public import Failure
public import JSON
import Tenancy

extension AccountingError: FailureConvertible {
    public var failure: Failure {
        switch code {
        case .quotaExceeded:
            var failure = Failure(.quotaExceeded, code: "quota_exceeded", detail)
            failure.members["quota"] = standing?.json
            if let resetsAt = standing?.resetsAt {
                failure.retryAfterSeconds = Int(max(1, (resetsAt.milliseconds - Timestamp.now().milliseconds) / 1000 + 1))
            }
            return failure
        case .backlogged: return .overloaded(detail)
        case .unreadable: return cause.map { Failure($0) } ?? .overloaded(detail)
        }
    }
}

extension QuotaStanding {
    public var json: JSONValue {
        [
            "limit": .init(quota.tokens), "period": .string(quota.period.rawValue), "used": .init(used), "reserved": .init(reserved),
            "left": .init(left), "resets_at": resetsAt.map { .string($0.iso8601) } ?? .null,
        ]
    }
}
