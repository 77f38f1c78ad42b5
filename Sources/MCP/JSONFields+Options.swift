public import JSON

extension JSONFields {
    /// Returns the arguments with the named options as models and clients mean them, who write optional arguments loosely.
    ///
    /// An option that is a blank string, `{}` or `[]` is unset, as `null` is. A string that holds JSON of another kind, such as `"5"`, is
    /// that JSON. Any other value stays, so that an error quotes it.
    ///
    /// - Parameter names: optional arguments whose type is not a string.
    public func readingOptions(_ names: [String]) -> JSONFields {
        var object = object
        for name in names {
            guard let value = object[name] else { continue }
            object[name] = Self.meant(value)
        }
        return JSONFields(object, path: path)
    }

    /// Maximum length of a string that is read as JSON, in bytes: more than any filter needs.
    private static let maximumOptionBytes = 64 << 10

    /// Returns the value of an option; `nil` if it is unset.
    private static func meant(_ value: JSONValue) -> JSONValue? {
        switch value {
        case .null: nil
        case .array(let elements) where elements.isEmpty: nil
        case .object(let object) where object.isEmpty: nil
        case .string(let text): meant(byText: text)
        default: value
        }
    }

    private static func meant(byText text: String) -> JSONValue? {
        guard text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else { return nil }
        guard text.utf8.count <= maximumOptionBytes, let value = try? JSONValue(parsing: text), value.stringValue == nil else {
            return .string(text)
        }
        return meant(value)
    }
}
