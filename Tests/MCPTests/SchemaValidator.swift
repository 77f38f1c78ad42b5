import Foundation
import JSON
import TestSupport
import Testing

/// The part of JSON Schema that the protocol's schema files and our tools' own schemas use. An unknown keyword is an error, so that no rule
/// is silently ignored.
struct SchemaValidator {
    let root: JSONValue

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// - Throws: the first violation, with its path.
    func validate(_ value: JSONValue, _ schema: JSONValue? = nil, at path: String = "$") throws {
        let schema = schema ?? root
        if let allowed = schema.boolValue {
            guard allowed else { throw Failure(description: "\(path): no value is allowed here") }
            return
        }
        guard let keywords = schema.objectValue else { throw Failure(description: "\(path): the schema is not an object") }
        for (keyword, rule) in keywords { try check(keyword, rule, value, keywords, path) }
    }

    func validate(_ value: JSONValue, definition: String) throws {
        try validate(value, try resolve("#/\(root["$defs"] == nil ? "definitions" : "$defs")/\(definition)"))
    }

    private func check(
        _ keyword: String, _ rule: JSONValue, _ value: JSONValue, _ schema: JSONObject, _ path: String
    ) throws {
        func fail(_ reason: String) -> Failure { Failure(description: "\(path): \(reason): \(value)") }
        switch keyword {
        case "description", "title", "default", "examples", "format", "$schema", "$defs", "definitions": return
        case "$ref": try validate(value, try resolve(rule.stringValue ?? ""), at: path)
        case "type":
            let types = rule.arrayValue ?? [rule]
            guard types.contains(where: { Self.isOf(type: $0.stringValue ?? "", value) }) else { throw fail("not of type \(rule)") }
        case "enum":
            guard rule.arrayValue?.contains(value) == true else { throw fail("not one of \(rule)") }
        case "const":
            guard rule == value else { throw fail("not \(rule)") }
        case "minimum":
            if let number = value.doubleValue, number < rule.doubleValue ?? .nan { throw fail("below \(rule)") }
        case "maximum":
            if let number = value.doubleValue, number > rule.doubleValue ?? .nan { throw fail("above \(rule)") }
        case "minLength":
            if let text = value.stringValue, text.unicodeScalars.count < rule.intValue ?? .max { throw fail("shorter than \(rule)") }
        case "maxLength":
            if let text = value.stringValue, text.unicodeScalars.count > rule.intValue ?? .min { throw fail("longer than \(rule)") }
        case "maxItems":
            if let array = value.arrayValue, array.count > rule.intValue ?? .min { throw fail("more than \(rule) items") }
        case "items":
            for (index, element) in (value.arrayValue ?? []).enumerated() {
                try validate(element, rule, at: "\(path)[\(index)]")
            }
        case "required":
            guard let object = value.objectValue else { return }
            for name in rule.arrayValue ?? [] where object[name.stringValue ?? ""] == nil { throw fail("\(name) is missing") }
        case "properties":
            guard let object = value.objectValue else { return }
            for (name, rule) in rule.objectValue ?? [:] {
                if let member = object[name] { try validate(member, rule, at: "\(path).\(name)") }
            }
        case "additionalProperties":
            guard let object = value.objectValue else { return }
            for (name, member) in object where schema["properties"]?[name] == nil {
                try validate(member, rule, at: "\(path).\(name)")
            }
        case "allOf": for rule in rule.arrayValue ?? [] { try validate(value, rule, at: path) }
        case "anyOf":
            guard matches(value, rule) > 0 else { throw fail("does not match any alternative") }
        case "oneOf":
            guard matches(value, rule) == 1 else { throw fail("does not match exactly one alternative") }
        default: throw Failure(description: "\(path): the validator does not know the keyword \(keyword)")
        }
    }

    private func matches(_ value: JSONValue, _ alternatives: JSONValue) -> Int {
        (alternatives.arrayValue ?? []).count { alternative in (try? validate(value, alternative)) != nil }
    }

    private func resolve(_ reference: String) throws -> JSONValue {
        guard reference.hasPrefix("#/") else { throw Failure(description: "\(reference) is not a local reference") }
        var target = root
        for name in reference.dropFirst(2).split(separator: "/") {
            guard let next = target[String(name)] else { throw Failure(description: "\(reference) leads nowhere") }
            target = next
        }
        return target
    }

    private static func isOf(type: String, _ value: JSONValue) -> Bool {
        switch (type, value) {
        case ("null", .null), ("boolean", .bool), ("string", .string), ("array", .array), ("object", .object),
            ("number", .integer), ("number", .number), ("integer", .integer):
            true
        case ("integer", .number(let number)): number == number.rounded()
        default: false
        }
    }
}

/// The protocol's own schema files.
enum ProtocolSchemas {
    static let areHere = folder != nil
    static let absence: Comment = "the protocol's schema files were not found"

    private static let folder: URL? = TestPaths.shared.flatMap { shared in
        let folder = shared.appending(path: "reference/mcp-schema")
        return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
    }

    /// - Parameter revision: 2025-03-26 has no file, so its messages are validated with the next one.
    static func validator(_ revision: String) throws -> SchemaValidator {
        let name = revision == "2025-03-26" ? "2025-06-18" : revision
        guard let file = folder?.appending(path: "\(name)/schema.json") else {
            throw SchemaValidator.Failure(description: "no schema files")
        }
        return SchemaValidator(root: try JSONValue(parsing: Array(try Data(contentsOf: file))))
    }
}
