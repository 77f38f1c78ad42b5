public import Accounting
import Catalog
import HTTPTypes
public import JSON
import Tenancy

extension Problem {
    static func accounting(_ error: AccountingError) -> Problem {
        switch error.code {
        case .quotaExceeded:
            var problem = Problem(status: .paymentRequired, code: "quota_exceeded", detail: error.detail)
            if let standing = error.standing {
                problem.members["quota"] = standing.json
                if let resetsAt = standing.resetsAt {
                    let seconds = (resetsAt.milliseconds - Timestamp.now().milliseconds) / 1000 + 1
                    problem.headers[.retryAfter] = "\(max(1, seconds))"
                }
            }
            return problem
        case .backlogged: return .overloaded(error.detail)
        case .unreadable: return error.cause.map { Problem($0) } ?? .overloaded(error.detail)
        }
    }
}

extension HTTPResponse.Status {
    static let paymentRequired = HTTPResponse.Status(code: 402, reasonPhrase: "Payment Required")
}

extension QuotaStanding {
    public var json: JSONValue {
        [
            "limit": .init(quota.tokens), "period": .string(quota.period.rawValue), "used": .init(used), "reserved": .init(reserved),
            "left": .init(left), "resets_at": resetsAt.map { .string($0.iso8601) } ?? .null,
        ]
    }
}
