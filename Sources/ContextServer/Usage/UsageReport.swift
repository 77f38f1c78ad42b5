public import Accounting
public import Catalog
public import JSON
public import Tenancy

/// A tenant's usage, for the API and the command line: a page of requests or of groups, and the sums over all of them.
public struct UsageReport: Sendable {
    public let data: [JSONObject]
    public let nextCursor: String?
    public let total: JSONObject
    private let span: Range<Timestamp>

    /// - Throws: `.tenantNotFound`.
    public init(_ query: UsageQuery, of catalog: CatalogStore, in scope: TenantScope) async throws {
        span = query.span
        if query.groupings.isEmpty {
            let (page, hasMore) = try await catalog.usage(in: query.span, after: query.lastRow, limit: query.limit, in: scope)
            data = page.map(\.json)
            nextCursor = hasMore ? page.last.map { UsageQuery.Cursor.row($0.id).text } : nil
            total = try await catalog.usage(by: [], in: query.span, limit: 0, in: scope).total.json
        } else {
            let (page, hasMore, sums) = try await catalog.usage(
                by: query.groupings, in: query.span, after: query.lastGroup, limit: query.limit, in: scope)
            data = page.map { group in
                var object = JSONObject()
                for (grouping, value) in zip(query.groupings, group.values) {
                    object[grouping.rawValue] = .string(value.text(of: grouping))
                }
                for (name, value) in group.sums.json { object[name] = value }
                return object
            }
            nextCursor = hasMore ? page.last.map { UsageQuery.Cursor.group($0.values).text } : nil
            total = sums.json
        }
    }

    /// - Parameter standing: `nil` for a tenant without a quota.
    public func json(_ standing: QuotaStanding?) -> JSONValue {
        [
            "from": .string(span.lowerBound.iso8601), "to": .string(span.upperBound.iso8601),
            "data": .array(data.map(JSONValue.object)), "next_cursor": nextCursor.map(JSONValue.string) ?? .null,
            "total": .object(total), "quota": standing?.json ?? .null,
        ]
    }
}

extension UsageQuery {
    fileprivate var lastRow: UsageID? { if case .row(let id)? = cursor { id } else { nil } }
    fileprivate var lastGroup: [UsageGroupValue]? { if case .group(let values)? = cursor { values } else { nil } }
}

extension UsageGroupValue {
    fileprivate func text(of grouping: UsageGrouping) -> String {
        switch self {
        case .text(let text): text
        case .number(let number) where grouping == .hour: Timestamp(milliseconds: number * 3_600_000).iso8601
        case .number(let number): UTCDay(number: number).description
        }
    }
}

extension UsageSums {
    fileprivate var json: JSONObject {
        [
            "requests": .init(requests), "prompt_tokens": .init(promptTokens), "completion_tokens": .init(completionTokens),
            "total_tokens": .init(promptTokens + completionTokens), "cached_tokens": .init(cachedTokens),
            "retrieved_tokens": .init(retrievedTokens), "estimated_requests": .init(estimatedRequests),
            "mean_first_token_ms": Self.milliseconds(meanFirstTokenMicroseconds),
            "mean_duration_ms": Self.milliseconds(meanDurationMicroseconds),
        ]
    }

    private static func milliseconds(_ microseconds: Double?) -> JSONValue {
        microseconds.map { .number(($0 / 10).rounded() / 100) } ?? .null
    }
}

extension UsageRecord {
    fileprivate var json: JSONObject {
        [
            "id": .string(id.rawValue), "started_at": .string(startedAt.iso8601), "key": .string(key.rawValue),
            "asked_model": .string(requestedModel), "model": .string(model), "outcome": .string(outcome.rawValue),
            "error": errorCode.map(JSONValue.string) ?? .null, "prompt_tokens": .init(tokens.prompt),
            "completion_tokens": .init(tokens.completion), "total_tokens": .init(tokens.total), "cached_tokens": .init(tokens.cached),
            "retrieved_tokens": .init(retrievedTokens), "estimated": .bool(tokens.isEstimated),
            "first_token_ms": Self.milliseconds(firstTokenMicroseconds), "duration_ms": Self.milliseconds(durationMicroseconds),
        ]
    }

    private static func milliseconds(_ microseconds: Int64?) -> JSONValue { microseconds.map { .number(Double($0) / 1000) } ?? .null }
}
