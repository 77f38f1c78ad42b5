import Foundation
import JSON

/// One setting of the configuration: its dotted name, and how its value is read.
///
/// In the configuration file a name's parts are nested objects; in the environment `embedding.batch_texts` is
/// `CONTEXTD_EMBEDDING_BATCH_TEXTS`.
struct Setting<Value: Sendable>: AnySetting {
    let name: String
    /// What the value must be: `must be an integer from 1 to 64`.
    let rule: String
    /// Not where someone may have written a key by mistake: then errors do not repeat the value.
    var isQuotable = true
    /// `nil` where the value breaks the rule.
    let read: @Sendable (JSONValue) -> Value?
    /// The value as a JSON document would have it, of one that came as text: from the environment or the command line.
    let parse: @Sendable (String) -> JSONValue

    func accepts(_ value: JSONValue) -> Bool { read(value) != nil }
}

/// A setting whatever its type.
protocol AnySetting: Sendable {
    var name: String { get }
    var rule: String { get }
    var isQuotable: Bool { get }
    var parse: @Sendable (String) -> JSONValue { get }

    func accepts(_ value: JSONValue) -> Bool
}

extension AnySetting {
    /// The environment variable that sets it.
    var variable: String { "CONTEXTD_" + name.uppercased().replacing(".", with: "_") }

    /// What is wrong with `value`, for whoever wrote it at `place`.
    func complaint(_ value: JSONValue, at place: String) -> String {
        isQuotable && !Self.mayBeKey(value) ? "\(place) \(rule), got \(JSONFields.quote(value))" : "\(place) \(rule)"
    }

    /// Keys are long words with digits, written in whatever place.
    private static func mayBeKey(_ value: JSONValue) -> Bool {
        guard let text = value.stringValue else { return value.objectValue != nil || value.arrayValue != nil }
        return KnownSettings.mayBeKey(text)
    }
}

// The kinds of settings there are.
extension Setting where Value == String {
    static func text(_ name: String, bytes: ClosedRange<Int> = 1...4096) -> Self {
        Setting(
            name: name, rule: "must be a string of \(bytes.lowerBound) to \(bytes.upperBound) bytes",
            read: { $0.stringValue.flatMap { bytes.contains($0.utf8.count) ? $0 : nil } }, parse: { .string($0) })
    }

    /// The name of an environment variable, for a value that is not written down.
    static func variableName(_ name: String) -> Self {
        Setting(
            name: name, rule: "must be the name of an environment variable: letters, digits and _", isQuotable: false,
            read: { value in
                guard let text = value.stringValue, (1...128).contains(text.utf8.count), text.first?.isNumber == false else { return nil }
                return text.utf8.allSatisfy { Character(Unicode.Scalar($0)).isASCIIWord } ? text : nil
            }, parse: { .string($0) })
    }

    /// Text that might hold a key, against all advice.
    static func secretive(_ name: String, _ rule: String) -> Self {
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

    /// A size in memory or on disk: a number of bytes, or text such as `512MB` or `2GiB`.
    static func bytes(_ name: String, in range: ClosedRange<Int>) -> Self {
        Setting(
            name: name, rule: "must be a number of bytes of at least \(range.lowerBound), as 536870912, \"512MB\" or \"2GiB\"",
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

/// A number as text has it; text that is none stays text, for the complaint to quote.
@Sendable private func readNumber(_ text: String) -> JSONValue {
    guard let value = try? JSONValue(parsing: text), value.doubleValue != nil else { return .string(text) }
    return value
}

extension Character {
    fileprivate var isASCIIWord: Bool { isASCII && (isLetter || isNumber || self == "_") }
}
