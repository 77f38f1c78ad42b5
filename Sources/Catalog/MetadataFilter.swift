public import JSON

/// A condition on a document's metadata, in the users' syntax:
/// `{"key":"year","op":"gte","value":2020}`, `{"and":[…]}`, `{"or":[…]}`.
///
/// | op | true if |
/// |---|---|
/// | `eq`, `in` | the key's value, or one of its elements if it is an array, equals the value, or one of the values |
/// | `ne`, `nin` | `eq`, `in` are false, so also if the key is missing |
/// | `gt` `gte` `lt` `lte` | both are numbers, or both are strings (ordered by Unicode scalars, which orders ISO 8601 dates by time) |
///
/// Strings are compared in Unicode normalisation form C: all operators treat canonically equivalent texts as equal, because `é` can be
/// typed in either form. Keys are compared by their bytes. Integers of any size are compared exactly with each other, and as doubles with
/// numbers that have a fraction or an exponent.
public indirect enum MetadataFilter: Hashable, Sendable {
    case compare(key: String, Comparison, JSONValue)
    case member(key: String, [JSONValue], negated: Bool)
    case all([MetadataFilter])
    case any([MetadataFilter])

    public enum Comparison: String, Sendable, CaseIterable { case eq, ne, gt, gte, lt, lte }

    /// Limits on filters from clients.
    public static let maximumDepth = 8
    public static let maximumConditions = 256
    public static let maximumValues = 1024

    /// - Throws: the path of the error within the filter, and what is wrong.
    public init(_ value: JSONValue) throws(JSONFieldError) {
        var conditions = 0
        self = try Self.parse(value, path: "filter", depth: 0, &conditions)
    }

    /// Returns whether a document with this metadata passes. For many documents, use one `MetadataMatcher`.
    public func matches(_ metadata: JSONObject) -> Bool { MetadataMatcher(self).matches(metadata) }
}

extension MetadataFilter {
    /// The metadata keys that the filter reads.
    var keys: [String] {
        switch self {
        case .all(let parts), .any(let parts): parts.flatMap(\.keys)
        case .member(let key, _, _), .compare(let key, _, _): [key]
        }
    }
}

extension MetadataFilter {
    private static func parse(_ value: JSONValue, path: String, depth: Int, _ conditions: inout Int) throws(JSONFieldError)
        -> MetadataFilter
    {
        guard depth < maximumDepth else { throw JSONFieldError(path: path, reason: "is nested deeper than \(maximumDepth) levels") }
        conditions += 1
        guard conditions <= maximumConditions else {
            throw JSONFieldError(path: "filter", reason: "has more than \(maximumConditions) conditions")
        }
        let fields = try JSONFields(value, path: path)
        for (word, combine) in [("and", MetadataFilter.all), ("or", MetadataFilter.any)] where fields.value(word) != nil {
            try fields.rejectUnknown(except: [word])
            var parts: [MetadataFilter] = []
            for (index, part) in try fields.array(word, count: 1...maximumConditions).enumerated() {
                parts.append(try parse(part, path: "\(path).\(word)[\(index)]", depth: depth + 1, &conditions))
            }
            return combine(parts)
        }
        return try parseCondition(fields)
    }

    private static func parseCondition(_ fields: JSONFields) throws(JSONFieldError) -> MetadataFilter {
        try fields.rejectUnknown(except: ["key", "op", "value"])
        let key = try fields.string("key", bytes: 1...512)
        let op = try fields.choice("op", of: Comparison.allCases.map(\.rawValue) + ["in", "nin"])
        if op == "in" || op == "nin" {
            let values = try fields.array("value", count: 0...maximumValues)
            guard values.allSatisfy(isScalar) else {
                throw JSONFieldError(path: fields.path(of: "value"), reason: "must contain only strings, numbers and booleans")
            }
            return .member(key: key, values, negated: op == "nin")
        }
        guard let comparison = Comparison(rawValue: op), let value = fields.value("value"), isScalar(value) else {
            throw JSONFieldError(path: fields.path(of: "value"), reason: "must be a string, a number or a boolean")
        }
        if comparison != .eq && comparison != .ne, value.boolValue != nil {
            throw JSONFieldError(path: fields.path(of: "value"), reason: "must be a string or a number for \"\(op)\"")
        }
        return .compare(key: key, comparison, value)
    }

    private static func isScalar(_ value: JSONValue) -> Bool {
        switch value {
        case .bool, .integer, .bigInteger, .number, .string: true
        case .null, .array, .object: false
        }
    }
}
