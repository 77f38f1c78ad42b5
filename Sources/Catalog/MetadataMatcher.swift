internal import ByteText
import Foundation
import JSON

/// A `MetadataFilter` compiled for matching many documents: its values are normalised and put into sets once.
///
/// - Complexity: matching takes, for each condition, time linear in the metadata, independent of the number of values.
struct MetadataMatcher: Sendable {
    private indirect enum Condition: Sendable {
        case all([Condition])
        case any([Condition])
        case member(key: String, ScalarSet, negated: Bool)
        case ordered(key: String, MetadataFilter.Comparison, JSONValue)
    }

    private let condition: Condition

    init(_ filter: MetadataFilter) { condition = Self.condition(filter) }

    func matches(_ metadata: JSONObject) -> Bool { Self.holds(condition, metadata) }

    private static func condition(_ filter: MetadataFilter) -> Condition {
        switch filter {
        case .all(let parts): .all(parts.map(condition))
        case .any(let parts): .any(parts.map(condition))
        case .member(let key, let values, let negated): .member(key: key, ScalarSet(values), negated: negated)
        case .compare(let key, .eq, let value): .member(key: key, ScalarSet([value]), negated: false)
        case .compare(let key, .ne, let value): .member(key: key, ScalarSet([value]), negated: true)
        case .compare(let key, let comparison, .string(let text)): .ordered(key: key, comparison, .string(text.comparable))
        case .compare(let key, let comparison, let value): .ordered(key: key, comparison, value)
        }
    }

    private static func holds(_ condition: Condition, _ metadata: JSONObject) -> Bool {
        switch condition {
        case .all(let parts): parts.allSatisfy { holds($0, metadata) }
        case .any(let parts): parts.contains { holds($0, metadata) }
        case .member(let key, let values, let negated): values.meets(metadata[key]) != negated
        case .ordered(let key, let comparison, let value): orders(metadata[key], comparison, value)
        }
    }

    private static func orders(_ stored: JSONValue?, _ comparison: MetadataFilter.Comparison, _ value: JSONValue) -> Bool {
        if case .string(let a)? = stored, case .string(let b) = value {
            let a = a.comparable
            return accepts(comparison, less: a.precedesByBytes(b), equal: a.hasSameBytes(as: b))
        }
        switch (stored, value) {
        case (.integer(let a)?, .integer(let b)): return accepts(comparison, less: a < b, equal: a == b)
        case (.bigInteger(let a)?, .bigInteger(let b)): return accepts(comparison, less: a < b, equal: a == b)
        case (.bigInteger(let a)?, .integer): return accepts(comparison, less: a.isNegative, equal: false)
        case (.integer?, .bigInteger(let b)): return accepts(comparison, less: !b.isNegative, equal: false)
        default:
            guard let a = stored?.doubleValue, let b = value.doubleValue else { return false }
            return accepts(comparison, less: a < b, equal: a == b)
        }
    }

    private static func accepts(_ comparison: MetadataFilter.Comparison, less: Bool, equal: Bool) -> Bool {
        switch comparison {
        case .eq: equal
        case .ne: !equal
        case .lt: less
        case .lte: less || equal
        case .gt: !less && !equal
        case .gte: !less
        }
    }
}

/// The set of values for which a condition is true.
private struct ScalarSet: Sendable {
    private var texts: Set<ByteKey> = []
    private var booleans: Set<Bool> = []
    private var integers: Set<Int64> = []
    private var bigIntegers: Set<BigInteger> = []
    /// `integers` and `bigIntegers` as doubles, for comparison with stored numbers that have a fraction or an exponent.
    private var roundedIntegers: Set<Double> = []
    private var numbers: Set<Double> = []

    init(_ values: [JSONValue]) {
        for value in values {
            switch value {
            case .string(let text): texts.insert(ByteKey(text.comparable))
            case .bool(let flag): booleans.insert(flag)
            case .number(let number): numbers.insert(number)
            case .integer(let number):
                integers.insert(number)
                roundedIntegers.insert(Double(number))
            case .bigInteger(let number):
                bigIntegers.insert(number)
                roundedIntegers.insert(number.doubleValue)
            case .null, .array, .object: break
            }
        }
    }

    /// Returns whether `stored`, or one of its elements if it is an array, is in the set.
    func meets(_ stored: JSONValue?) -> Bool {
        switch stored {
        case nil: false
        case .array(let elements)?: elements.contains(where: contains)
        case let value?: contains(value)
        }
    }

    private func contains(_ value: JSONValue) -> Bool {
        switch value {
        case .string(let text): !texts.isEmpty && texts.contains(ByteKey(text.comparable))
        case .bool(let flag): booleans.contains(flag)
        case .integer(let number): integers.contains(number) || numbers.contains(Double(number))
        case .bigInteger(let number): bigIntegers.contains(number) || !numbers.isEmpty && numbers.contains(number.doubleValue)
        case .number(let number): numbers.contains(number) || roundedIntegers.contains(number)
        case .null, .array, .object: false
        }
    }
}

extension String {
    /// The text in normalisation form C, for comparison by bytes.
    fileprivate var comparable: String {
        utf8.allSatisfy { $0 < 0x80 } ? self : streamSafe().precomposedStringWithCanonicalMapping
    }
}
