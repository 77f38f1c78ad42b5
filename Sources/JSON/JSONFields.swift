internal import ByteText

/// The error of a missing or invalid field of a request, worded so that the client can correct it.
public struct JSONFieldError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path of the field: `limit`, `filter.and[2].key`; empty for the whole value.
    public let path: String
    /// The error: `must be an integer from 1 to 100, got "ten"`. Quotes at most 40 bytes of a string from the input.
    public let reason: String

    public init(path: String, reason: String) { (self.path, self.reason) = (path, reason) }

    public var description: String { path.isEmpty ? reason : "\(path) \(reason)" }
}

/// A reader of the fields of a request object, by name and type.
///
/// An optional field that is `null` counts as absent. A required one may not be `null`.
public struct JSONFields: Sendable {
    public let object: JSONObject
    /// The path of this object in the request, for errors; empty at the top.
    public let path: String

    public init(_ object: JSONObject, path: String = "") { (self.object, self.path) = (object, path) }

    /// - Throws: an error if `value` is not an object.
    @_disfavoredOverload  // a dictionary literal is an object
    public init(_ value: JSONValue, path: String = "") throws(JSONFieldError) {
        guard case .object(let object) = value else {
            throw JSONFieldError(path: path, reason: "must be an object, got \(Self.quote(value))")
        }
        self.init(object, path: path)
    }

    /// Returns the field's value; `nil` if it is absent or `null`.
    public func value(_ key: String) -> JSONValue? {
        guard let value = object[key], !value.isNull else { return nil }
        return value
    }

    /// Returns the path of a field of this object.
    public func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// - Throws: an error that names the first field not in `known`.
    public func rejectUnknown(except known: [String]) throws(JSONFieldError) {
        guard let stranger = object.first(where: { !$0.key.hasSameBytes(asOneOf: known) }) else { return }
        let name = stranger.key.shortened(toBytes: 40)
        throw JSONFieldError(path: path(of: name), reason: "is not a known field; known fields: \(known.joined(separator: ", "))")
    }

    /// Returns `value` for an error message: a scalar as JSON, with strings and digits cut to 40 bytes; a container by its kind.
    public static func quote(_ value: JSONValue) -> String {
        switch value {
        case .array: "an array"
        case .object: "an object"
        case .string(let text): JSONValue.string(text.shortened(toBytes: 40)).description
        case .bigInteger(let value): value.description.shortened(toBytes: 40)
        default: value.description
        }
    }

    func wrong(_ key: String, must rule: String) -> JSONFieldError {
        guard let value = object[key] else { return JSONFieldError(path: path(of: key), reason: "is required and \(rule)") }
        return JSONFieldError(path: path(of: key), reason: "\(rule), got \(Self.quote(value))")
    }

    /// Returns the converted field, `nil` if it is absent; throws an error that states the rule if `convert` returns `nil`.
    func optional<T>(_ key: String, must rule: String, _ convert: (JSONValue) -> T?) throws(JSONFieldError) -> T? {
        guard let value = value(key) else { return nil }
        guard let converted = convert(value) else { throw wrong(key, must: rule) }
        return converted
    }

    func required<T>(_ key: String, must rule: String, _ convert: (JSONValue) -> T?) throws(JSONFieldError) -> T {
        guard let converted = try optional(key, must: rule, convert) else { throw wrong(key, must: rule) }
        return converted
    }
}
