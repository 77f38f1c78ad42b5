import ByteText
public import Catalog
public import JSON

/// A query of a tenant's usage: its period, its grouping, and its page.
public struct UsageQuery: Sendable {
    /// The position where the previous page ended.
    enum Cursor: Sendable {
        case row(UsageID)
        case group([UsageGroupValue])
    }

    let span: Range<Timestamp>
    /// Groupings of the report; if empty, requests are listed individually.
    let groupings: [UsageGrouping]
    let limit: Int
    let cursor: Cursor?

    public static let limits = 1...1000
    private static let defaultDays: Int64 = 30
    private static let maximumCursorBytes = 8192

    /// - Parameters:
    ///   - from: the start, a date or a time; by default 30 days before `to`.
    ///   - to: the end, a date or a time, exclusive; by default the end of today (UTC).
    ///   - groupBy: comma-separated names of `UsageGrouping`.
    /// - Throws: `JSONFieldError` that names the invalid parameter.
    public init(from: String?, to: String?, groupBy: String?, limit: Int, cursor: String? = nil, now: Timestamp) throws(JSONFieldError) {
        let end = try to.map { text throws(JSONFieldError) in try Self.moment(text, "to") } ?? UTCDay(containing: now).next.start
        let defaultStart = Timestamp(milliseconds: max(0, end.milliseconds - Self.defaultDays * 86_400_000))
        let start = try from.map { text throws(JSONFieldError) in try Self.moment(text, "from") } ?? defaultStart
        guard start < end else { throw JSONFieldError(path: "from", reason: "must be before to; a date stands for 00:00 UTC") }
        span = start..<end
        groupings = try Self.groupings(groupBy)
        self.limit = limit
        self.cursor = try cursor.map { [groupings] text throws(JSONFieldError) in try Self.cursor(text, groupings) }
    }

    private static func moment(_ text: String, _ name: String) throws(JSONFieldError) -> Timestamp {
        guard let moment = Timestamp(rfc3339: text) else {
            throw JSONFieldError(path: name, reason: "must be an RFC 3339 date or time, such as 2026-07-28 or 2026-07-28T09:30:00Z")
        }
        return moment
    }

    private static func groupings(_ text: String?) throws(JSONFieldError) -> [UsageGrouping] {
        guard let text, !text.isEmpty else { return [] }
        var groupings: [UsageGrouping] = []
        for word in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            guard let grouping = UsageGrouping(sameBytesAs: Substring(word)), !groupings.contains(grouping) else {
                let names = UsageGrouping.allCases.map(\.rawValue).joined(separator: ", ")
                throw JSONFieldError(path: "group_by", reason: "must be a comma-separated list of distinct values from \(names)")
            }
            groupings.append(grouping)
        }
        return groupings
    }

    private static func cursor(_ text: String, _ groupings: [UsageGrouping]) throws(JSONFieldError) -> Cursor {
        guard text.utf8.count <= maximumCursorBytes, let bytes = Base64.decode(text, alphabet: .url),
            let values = (try? JSONValue(parsing: bytes))?.arrayValue, let cursor = cursor(values, groupings)
        else { throw JSONFieldError(path: "cursor", reason: "is not valid for this group_by; use the next_cursor of the previous page") }
        return cursor
    }

    private static func cursor(_ values: [JSONValue], _ groupings: [UsageGrouping]) -> Cursor? {
        if groupings.isEmpty { return values.count == 1 ? values[0].stringValue.flatMap(UsageID.init).map(Cursor.row) : nil }
        guard values.count == groupings.count else { return nil }
        var parts: [UsageGroupValue] = []
        for (value, grouping) in zip(values, groupings) {
            switch value {
            case .integer(let number) where grouping.isTime: parts.append(.number(number))
            case .string(let text) where !grouping.isTime: parts.append(.text(text))
            default: return nil
            }
        }
        return .group(parts)
    }
}

extension UsageQuery.Cursor {
    /// The text form that `UsageQuery` parses. It grants no access: the next page is read in the scope of the requesting key.
    var text: String {
        let values: [JSONValue] =
            switch self {
            case .row(let id): [.string(id.rawValue)]
            case .group(let values):
                values.map {
                    switch $0 {
                    case .number(let number): .integer(number)
                    case .text(let text): .string(text)
                    }
                }
            }
        return Base64.encode(JSONValue.array(values).serialized(), alphabet: .url)
    }
}
