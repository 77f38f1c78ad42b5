import Foundation
import JSON

/// A validator of JSON values against the schemas of an OpenAPI document: the keywords of JSON Schema that contextd's document uses.
struct SchemaValidator {
    let document: JSONValue

    /// The keywords that are checked or only describe; any other is a problem of the document.
    private static let described: Set<String> = ["description", "default", "example", "examples", "format"]

    /// Returns what is wrong with `value`; empty if it has the schema.
    func problems(_ value: JSONValue, _ schema: JSONValue, at path: String = "$") -> [String] {
        if let name = schema["$ref"]?.stringValue { return problems(value, resolved(name), at: path) }
        var found: [String] = []
        for (keyword, rule) in schema.objectValue ?? [:] {
            found += problems(value, keyword, rule, schema, at: path)
        }
        return found
    }

    /// Returns the object that a reference names; an empty one if there is none.
    func resolved(_ reference: String) -> JSONValue {
        reference.split(separator: "/").dropFirst().reduce(document) { $0[String($1)] ?? [:] }
    }

    private func problems(_ value: JSONValue, _ keyword: String, _ rule: JSONValue, _ schema: JSONValue, at path: String) -> [String] {
        switch keyword {
        case "type":
            let types = rule.arrayValue ?? [rule]
            return types.contains { Self.has(value, type: $0.stringValue) } ? [] : ["\(path) is no \(rule): \(value)"]
        case "enum": return rule.arrayValue?.contains(value) == true ? [] : ["\(path) is none of \(rule): \(value)"]
        case "properties", "required", "additionalProperties": return object(value, keyword, rule, schema, at: path)
        case "items": return (value.arrayValue ?? []).enumerated().flatMap { problems($1, rule, at: "\(path)[\($0)]") }
        case "anyOf":
            let all = (rule.arrayValue ?? []).map { problems(value, $0, at: path) }
            return all.contains(where: \.isEmpty) ? [] : ["\(path) has no form of anyOf: \(all)"]
        case "oneOf":
            let all = (rule.arrayValue ?? []).map { problems(value, $0, at: path) }
            return all.count(where: \.isEmpty) == 1 ? [] : ["\(path) has not one form of oneOf: \(all)"]
        case "not": return problems(value, rule, at: path).isEmpty ? ["\(path) has the form of not: \(rule)"] : []
        case "pattern":
            guard let text = value.stringValue, let pattern = rule.stringValue else { return [] }
            return text.range(of: pattern, options: .regularExpression) != nil ? [] : ["\(path) does not match \(pattern): \(value)"]
        case "uniqueItems":
            let elements = value.arrayValue ?? []
            let isUnique = elements.indices.allSatisfy { !elements[..<$0].contains(elements[$0]) }
            return isUnique || rule == false ? [] : ["\(path) has an element twice"]
        case "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems": return bound(value, keyword, rule, at: path)
        default: return Self.described.contains(keyword) ? [] : ["\(path): the validator does not know \(keyword)"]
        }
    }

    private static func has(_ value: JSONValue, type: String?) -> Bool {
        switch (type, value) {
        case ("null", .null), ("boolean", .bool), ("string", .string), ("array", .array), ("object", .object): true
        case ("number", .integer), ("number", .number), ("integer", .integer): true
        case ("integer", .number(let number)): number == number.rounded()
        default: false
        }
    }

    private func object(_ value: JSONValue, _ keyword: String, _ rule: JSONValue, _ schema: JSONValue, at path: String) -> [String] {
        guard let object = value.objectValue else { return [] }
        switch keyword {
        case "properties":
            return (rule.objectValue ?? [:]).flatMap { name, schema in
                object[name].map { problems($0, schema, at: "\(path).\(name)") } ?? []
            }
        case "required":
            return (rule.arrayValue ?? []).compactMap(\.stringValue).filter { object[$0] == nil }.map { "\(path) lacks \($0)" }
        default:
            guard rule == false else { return [] }
            let known = schema["properties"]?.objectValue?.keys ?? []
            return object.keys.filter { !known.contains($0) }.map { "\(path) has the unknown member \($0)" }
        }
    }

    private func bound(_ value: JSONValue, _ keyword: String, _ rule: JSONValue, at path: String) -> [String] {
        let measured: Double? =
            switch keyword {
            case "minimum", "maximum": value.doubleValue
            case "minLength", "maxLength": (value.stringValue?.unicodeScalars.count).map(Double.init)
            default: (value.arrayValue?.count).map(Double.init)
            }
        guard let measured, let bound = rule.doubleValue else { return [] }
        let holds = keyword.hasPrefix("min") ? measured >= bound : measured <= bound
        return holds ? [] : ["\(path): \(keyword) is \(rule), got \(measured)"]
    }
}
