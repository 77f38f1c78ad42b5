import Foundation
import GRDB
public import Tenancy

/// A property by which usage rows are grouped.
public enum UsageGrouping: String, CaseIterable, Sendable {
    /// The UTC day or hour in which the request began.
    case day, hour
    /// The model that answered.
    case model
    case key
    case outcome
}

/// The value of one grouping in a group's key.
public enum UsageGroupValue: Hashable, Sendable {
    /// Days or hours since 1970 UTC.
    case number(Int64)
    case text(String)
}

/// Sums over requests. Open requests contribute no tokens yet.
public struct UsageSums: Hashable, Sendable {
    public let requests: Int
    public let promptTokens: Int
    public let completionTokens: Int
    public let cachedTokens: Int
    public let retrievedTokens: Int
    /// The number of `requests` whose token counts are estimates.
    public let estimatedRequests: Int
    /// Means over the requests that have the value.
    public let meanFirstTokenMicroseconds: Double?
    public let meanDurationMicroseconds: Double?
}

/// Requests with the same values of the groupings.
public struct UsageGroup: Hashable, Sendable {
    /// One value for each grouping, in the same order.
    public let values: [UsageGroupValue]
    public let sums: UsageSums
}

extension CatalogStore {
    /// Returns the requests that began within `span`, newest first.
    ///
    /// - Parameter last: the last id of the previous page.
    /// - Returns: at most `limit` requests, and whether more follow.
    public func usage(
        in span: Range<Timestamp>, after last: UsageID? = nil, limit: Int, in scope: TenantScope
    ) async throws -> (page: [UsageRecord], hasMore: Bool) {
        try await read(in: scope) { db in
            let end = min(last?.rawValue ?? "g", UsageID.time(span.upperBound))
            let statement = try db.cachedStatement(
                sql: "SELECT * FROM usage WHERE tenant = ? AND usage_id >= ? AND usage_id < ? ORDER BY usage_id DESC LIMIT ?")
            let arguments: StatementArguments = [scope.tenant.rawValue, UsageID.time(span.lowerBound), end, limit + 1]
            let rows = try Row.fetchAll(statement, arguments: arguments).compactMap(Self.usageRecord)
            return (Array(rows.prefix(limit)), rows.count > limit)
        }
    }

    /// Returns the same requests in groups, ordered by the groups' values.
    ///
    /// - Parameters:
    ///   - groupings: at least one.
    ///   - last: the values of the previous page's last group, one for each grouping.
    /// - Returns: at most `limit` groups, whether more follow, and the sums over the groups of all pages.
    public func usage(
        by groupings: [UsageGrouping], in span: Range<Timestamp>, after last: [UsageGroupValue]? = nil, limit: Int, in scope: TenantScope
    ) async throws -> (page: [UsageGroup], hasMore: Bool, total: UsageSums) {
        try await read(in: scope) { db in
            let bounds: [any DatabaseValueConvertible] = [
                scope.tenant.rawValue, UsageID.time(span.lowerBound), UsageID.time(span.upperBound),
            ]
            let range = "tenant = ? AND usage_id >= ? AND usage_id < ?"
            let total = try db.row("SELECT \(Self.sums) FROM usage WHERE \(range)", StatementArguments(bounds)).map(Self.usageSums)
            guard !groupings.isEmpty else { return ([], false, total ?? .none) }
            let names = groupings.map(\.expression).joined(separator: ", ")
            let later = last.map { _ in " AND (\(names)) > (\(groupings.map { _ in "?" }.joined(separator: ", ")))" } ?? ""
            let columns = groupings.enumerated().map { "\($1.expression) AS g\($0)" }.joined(separator: ", ")
            let sql = """
                SELECT \(columns), \(Self.sums) FROM usage WHERE \(range)\(later) GROUP BY \(names) ORDER BY \(names) LIMIT ?
                """
            let arguments = bounds + (last ?? []).map(\.databaseValue) + [limit + 1]
            let groups = try Row.fetchAll(db, sql: sql, arguments: StatementArguments(arguments)).map { row in
                UsageGroup(
                    values: groupings.enumerated().map { $1.isTime ? .number(row["g\($0)"]) : .text(row["g\($0)"]) },
                    sums: Self.usageSums(row))
            }
            return (Array(groups.prefix(limit)), groups.count > limit, total ?? .none)
        }
    }

    private static let sums: String = {
        let ended = "FILTER (WHERE outcome <> 'open')"
        let columns = ["prompt_tokens", "completion_tokens", "cached_tokens", "retrieved_tokens", "estimated"]
        return "count(*) AS requests, avg(first_token_us) AS first_token_us, avg(duration_us) AS duration_us, "
            + columns.map { "coalesce(sum(\($0)) \(ended), 0) AS \($0)" }.joined(separator: ", ")
    }()

    private static func usageSums(_ row: Row) -> UsageSums {
        UsageSums(
            requests: row["requests"], promptTokens: row["prompt_tokens"], completionTokens: row["completion_tokens"],
            cachedTokens: row["cached_tokens"], retrievedTokens: row["retrieved_tokens"], estimatedRequests: row["estimated"],
            meanFirstTokenMicroseconds: row["first_token_us"], meanDurationMicroseconds: row["duration_us"])
    }

    private static func usageRecord(_ row: Row) -> UsageRecord? {
        guard let id = UsageID(row["usage_id"] as String), let key = KeyID(row["key_id"]),
            let outcome = UsageOutcome(rawValue: row["outcome"])
        else { return nil }
        let tokens = UsageTokens(
            prompt: row["prompt_tokens"], completion: row["completion_tokens"], cached: row["cached_tokens"], isEstimated: row["estimated"])
        return UsageRecord(
            id: id, startedAt: Timestamp(milliseconds: row["started_at"]), key: key, requestedModel: row["asked_model"],
            model: row["model"], tokens: tokens, retrievedTokens: row["retrieved_tokens"], outcome: outcome, errorCode: row["error_code"],
            firstTokenMicroseconds: row["first_token_us"], durationMicroseconds: row["duration_us"])
    }
}

extension UsageGrouping {
    public var isTime: Bool { self == .day || self == .hour }

    fileprivate var expression: String {
        switch self {
        case .day: "started_at / 86400000"
        case .hour: "started_at / 3600000"
        case .model: "model"
        case .key: "key_id"
        case .outcome: "outcome"
        }
    }
}

extension UsageGroupValue {
    fileprivate var databaseValue: any DatabaseValueConvertible {
        switch self {
        case .number(let number): number
        case .text(let text): text
        }
    }
}

extension UsageSums {
    fileprivate static let none = UsageSums(
        requests: 0, promptTokens: 0, completionTokens: 0, cachedTokens: 0, retrievedTokens: 0, estimatedRequests: 0,
        meanFirstTokenMicroseconds: nil, meanDurationMicroseconds: nil)
}
