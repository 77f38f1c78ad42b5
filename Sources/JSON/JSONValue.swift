internal import ByteText

/// A JSON value (RFC 8259). Integers are cases of their own, so that ids and hashes stay exact.
///
/// Strings and keys are compared by their bytes, unlike `String`, which compares by canonical equivalence in time that grows with the
/// square of a run of combining marks. `integer(1)` differs from `number(1)`; objects are compared without regard to the order of
/// their members.
public enum JSONValue: Sendable {
    case null
    case bool(Bool)
    /// A number without fraction or exponent, within `Int64`.
    case integer(Int64)
    /// A number without fraction or exponent outside `Int64`.
    case bigInteger(BigInteger)
    /// Any other number. A non-finite number, which no document contains, is written as `null`.
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue: Hashable {
    public static func == (a: JSONValue, b: JSONValue) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.bool(let x), .bool(let y)): x == y
        case (.integer(let x), .integer(let y)): x == y
        case (.bigInteger(let x), .bigInteger(let y)): x == y
        case (.number(let x), .number(let y)): x == y
        case (.string(let x), .string(let y)): x.hasSameBytes(as: y)
        case (.array(let x), .array(let y)): x == y
        case (.object(let x), .object(let y)): x == y
        case (.null, _), (.bool, _), (.integer, _), (.bigInteger, _), (.number, _), (.string, _), (.array, _), (.object, _): false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let value): hasher.combine(value ? 2 : 1)
        case .integer(let value):
            hasher.combine(3)
            hasher.combine(value)
        case .number(let value):
            hasher.combine(4)
            hasher.combine(value)
        case .string(let value):
            hasher.combine(5)
            value.hashBytes(into: &hasher)
        case .array(let elements):
            hasher.combine(6)
            hasher.combine(elements)
        case .object(let object):
            hasher.combine(7)
            hasher.combine(object)
        case .bigInteger(let value):
            hasher.combine(8)
            hasher.combine(value)
        }
    }
}

extension JSONValue {
    public var isNull: Bool {
        if case .null = self { true } else { false }
    }

    public var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The integer, also if it was written as `10.0` or `1e3`; `nil` if it is not an integer or does not fit.
    public var intValue: Int? {
        switch self {
        case .integer(let value): Int(exactly: value)
        case .number(let value): Int(exactly: value)
        default: nil
        }
    }

    /// The number as a double; an integer past 2⁵³ is rounded.
    public var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .bigInteger(let value): value.doubleValue
        case .number(let value): value
        default: nil
        }
    }

    public var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    public var arrayValue: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    public var objectValue: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// The member of that name; `nil` if there is none or this is not an object.
    public subscript(key: String) -> JSONValue? { objectValue?[key] }

    /// The element at that index; `nil` if the index is out of range or this is not an array.
    public subscript(index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }
}

extension JSONValue: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    /// - Precondition: the keys differ.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(unique: elements)) }
}

extension JSONValue {
    public init(_ value: Int) { self = .integer(Int64(value)) }
    public init(_ value: [String]) { self = .array(value.map(JSONValue.string)) }
}
