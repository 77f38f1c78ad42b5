import Foundation
import JSON

/// A configuration setting: its dotted name, and how its value is parsed.
///
/// In the configuration file, the parts of a name are nested objects. In the environment, `embedding.batch_texts` is
/// `CONTEXTD_EMBEDDING_BATCH_TEXTS`.
struct Setting<Value: Sendable>: AnySetting {
    let name: String
    /// The requirement on the value, for errors, such as `must be an integer from 1 to 64`.
    let rule: String
    /// Whether errors may quote the value; `false` for settings where a user could write an API key by mistake.
    var isQuotable = true
    /// The conversion from JSON; returns `nil` if the value violates the rule.
    let read: @Sendable (JSONValue) -> Value?
    /// The conversion from text, from the environment or the command line, to a JSON value.
    let parse: @Sendable (String) -> JSONValue

    func accepts(_ value: JSONValue) -> Bool { read(value) != nil }
}

/// A type-erased setting.
protocol AnySetting: Sendable {
    var name: String { get }
    var rule: String { get }
    var isQuotable: Bool { get }
    var parse: @Sendable (String) -> JSONValue { get }

    func accepts(_ value: JSONValue) -> Bool
}

extension AnySetting {
    /// The environment variable of the setting.
    var variable: String { "CONTEXTD_" + name.uppercased().replacing(".", with: "_") }

    /// Returns the error text for an invalid `value` that was set at `place`.
    func complaint(_ value: JSONValue, at place: String) -> String {
        isQuotable && !Self.mayBeKey(value) ? "\(place) \(rule), got \(JSONFields.quote(value))" : "\(place) \(rule)"
    }

    /// Returns whether the value could be or contain an API key, which errors must not quote.
    private static func mayBeKey(_ value: JSONValue) -> Bool {
        guard let text = value.stringValue else { return value.objectValue != nil || value.arrayValue != nil }
        return KnownSettings.mayBeKey(text)
    }
}

// The kinds of settings.
extension Setting where Value == String {
    static func text(_ name: String, bytes: ClosedRange<Int> = 1...4096) -> Self {
        Setting(
            name: name, rule: "must be a string of \(bytes.lowerBound) to \(bytes.upperBound) bytes",
            read: { $0.stringValue.flatMap { bytes.contains($0.utf8.count) ? $0 : nil } }, parse: { .string($0) })
    }

    /// Returns a setting for the name of an environment variable that holds a secret.
    static func variableName(_ name: String) -> Self {
        Setting(
            name: name, rule: "must be the name of an environment variable: letters, digits and _", isQuotable: false,
            read: { value in
                guard let text = value.stringValue, (1...128).contains(text.utf8.count), text.first?.isNumber == false else { return nil }
                return text.utf8.allSatisfy { Character(Unicode.Scalar($0)).isASCIIWord } ? text : nil
            }, parse: { .string($0) })
    }

    /// Returns a text setting whose value could contain an API key, so that errors do not quote it.
    static func sensitiveText(_ name: String, _ rule: String) -> Self {
        Setting(
            name: name, rule: rule, isQuotable: false,
            read: { $0.stringValue.flatMap { (1...4096).contains($0.utf8.count) ? $0 : nil } }, parse: { .string($0) })
    }
}

extension Setting where Value == Bool {
    static func flag(_ name: String) -> Self {
        Setting(
            name: name, rule: "must be true or false", read: \.boolValue,
            parse: { text in Bool(text).map { .bool($0) } ?? .string(text) })
    }
}

extension Setting where Value == Int {
    static func integer(_ name: String, in range: ClosedRange<Int>) -> Self {
        Setting(
            name: name, rule: "must be an integer from \(range.lowerBound) to \(range.upperBound)",
            read: { $0.intValue.flatMap { range.contains($0) ? $0 : nil } }, parse: readNumber)
    }

    /// Returns a setting for a size in memory or on disk: a number of bytes, or text such as `512MB` or `2GiB`.
    static func bytes(_ name: String, in range: ClosedRange<Int>) -> Self {
        Setting(
            name: name, rule: "must be a size of at least \(range.lowerBound) bytes, such as 536870912, \"512MB\" or \"2GiB\"",
            read: { value in
                (value.stringValue.flatMap(ByteSize.bytes) ?? value.intValue).flatMap { range.contains($0) ? $0 : nil }
            }, parse: { .string($0) })
    }
}

extension Setting where Value == Double {
    static func number(_ name: String, in range: ClosedRange<Double>) -> Self {
        Setting(
            name: name, rule: "must be a number from \(range.lowerBound) to \(range.upperBound)",
            read: { $0.doubleValue.flatMap { range.contains($0) ? $0 : nil } }, parse: readNumber)
    }
}

extension Setting where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    static func choice(_ name: String) -> Self {
        Setting(
            name: name, rule: "must be one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))",
            read: { $0.stringValue.flatMap(Value.init(rawValue:)) }, parse: { .string($0) })
    }
}

/// Parses a number. Text that is not a number stays a string, so that the error can quote it.
@Sendable private func readNumber(_ text: String) -> JSONValue {
    guard let value = try? JSONValue(parsing: text), value.doubleValue != nil else { return .string(text) }
    return value
}

extension Character {
    fileprivate var isASCIIWord: Bool { isASCII && (isLetter || isNumber || self == "_") }
}
