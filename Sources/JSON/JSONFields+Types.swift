internal import ByteText

extension JSONFields {
    /// Returns a string of `length` UTF-8 bytes.
    public func string(_ key: String, bytes length: ClosedRange<Int> = 0...Int.max) throws(JSONFieldError) -> String {
        try required(key, must: Self.stringRule(length)) { Self.string($0, length) }
    }

    /// Returns a string as `string(_:bytes:)` does; `nil` if absent.
    public func optionalString(
        _ key: String, bytes length: ClosedRange<Int> = 0...Int.max
    ) throws(JSONFieldError) -> String? {
        try optional(key, must: Self.stringRule(length)) { Self.string($0, length) }
    }

    /// Returns an integer in `range`; `10.0` counts as one, `"10"` does not.
    public func int(_ key: String, in range: ClosedRange<Int> = Int.min...Int.max) throws(JSONFieldError) -> Int {
        try required(key, must: Self.intRule(range)) { Self.int($0, range) }
    }

    /// Returns an integer as `int(_:in:)` does; `nil` if absent.
    public func optionalInt(_ key: String, in range: ClosedRange<Int> = Int.min...Int.max) throws(JSONFieldError) -> Int? {
        try optional(key, must: Self.intRule(range)) { Self.int($0, range) }
    }

    /// Returns a finite number; `nil` if absent.
    public func optionalDouble(_ key: String, in range: ClosedRange<Double>? = nil) throws(JSONFieldError) -> Double? {
        let rule = range.map { "must be a number from \($0.lowerBound) to \($0.upperBound)" } ?? "must be a number"
        return try optional(key, must: rule) { value in
            value.doubleValue.flatMap { number in range?.contains(number) == false ? nil : number }
        }
    }

    public func bool(_ key: String) throws(JSONFieldError) -> Bool {
        try required(key, must: "must be true or false", \.boolValue)
    }

    public func optionalBool(_ key: String) throws(JSONFieldError) -> Bool? {
        try optional(key, must: "must be true or false", \.boolValue)
    }

    /// Returns one of the strings in `choices`.
    public func choice(_ key: String, of choices: [String]) throws(JSONFieldError) -> String {
        try required(key, must: Self.choiceRule(choices)) { Self.choice($0, choices) }
    }

    /// Returns a string as `choice(_:of:)` does; `nil` if absent.
    public func optionalChoice(_ key: String, of choices: [String]) throws(JSONFieldError) -> String? {
        try optional(key, must: Self.choiceRule(choices)) { Self.choice($0, choices) }
    }

    public func object(_ key: String) throws(JSONFieldError) -> JSONFields {
        JSONFields(try required(key, must: "must be an object", \.objectValue), path: path(of: key))
    }

    public func optionalObject(_ key: String) throws(JSONFieldError) -> JSONFields? {
        try optional(key, must: "must be an object", \.objectValue).map { JSONFields($0, path: path(of: key)) }
    }

    public func array(_ key: String, count: ClosedRange<Int> = 0...Int.max) throws(JSONFieldError) -> [JSONValue] {
        try required(key, must: Self.arrayRule("an array", count)) { Self.array($0, count) }
    }

    public func strings(_ key: String, count: ClosedRange<Int> = 0...Int.max) throws(JSONFieldError) -> [String] {
        try required(key, must: Self.arrayRule("an array of strings", count)) { Self.strings($0, count) }
    }

    public func optionalStrings(_ key: String, count: ClosedRange<Int> = 0...Int.max) throws(JSONFieldError) -> [String]? {
        try optional(key, must: Self.arrayRule("an array of strings", count)) { Self.strings($0, count) }
    }
}

/// The conversions, and the rules as text for errors.
extension JSONFields {
    private static func string(_ value: JSONValue, _ length: ClosedRange<Int>) -> String? {
        value.stringValue.flatMap { length.contains($0.utf8.count) ? $0 : nil }
    }

    private static func stringRule(_ length: ClosedRange<Int>) -> String {
        switch (length.lowerBound, length.upperBound) {
        case (...0, Int.max): "must be a string"
        case (1, Int.max): "must be a string that is not empty"
        case (let low, Int.max): "must be a string of at least \(low) bytes"
        case (...0, let high): "must be a string of at most \(high) bytes"
        case (let low, let high): "must be a string of \(low) to \(high) bytes"
        }
    }

    private static func int(_ value: JSONValue, _ range: ClosedRange<Int>) -> Int? {
        value.intValue.flatMap { range.contains($0) ? $0 : nil }
    }

    private static func intRule(_ range: ClosedRange<Int>) -> String {
        switch (range.lowerBound, range.upperBound) {
        case (Int.min, Int.max): "must be an integer"
        case (let low, Int.max): "must be an integer of at least \(low)"
        case (let low, let high): "must be an integer from \(low) to \(high)"
        }
    }

    private static func choice(_ value: JSONValue, _ choices: [String]) -> String? {
        value.stringValue.flatMap { $0.hasSameBytes(asOneOf: choices) ? $0 : nil }
    }

    private static func choiceRule(_ choices: [String]) -> String { "must be one of \(choices.joined(separator: ", "))" }

    private static func array(_ value: JSONValue, _ count: ClosedRange<Int>) -> [JSONValue]? {
        value.arrayValue.flatMap { count.contains($0.count) ? $0 : nil }
    }

    private static func strings(_ value: JSONValue, _ count: ClosedRange<Int>) -> [String]? {
        guard let elements = array(value, count) else { return nil }
        let strings = elements.compactMap(\.stringValue)
        return strings.count == elements.count ? strings : nil
    }

    private static func arrayRule(_ kind: String, _ count: ClosedRange<Int>) -> String {
        switch (count.lowerBound, count.upperBound) {
        case (...0, Int.max): "must be \(kind)"
        case (let low, Int.max): "must be \(kind) with at least \(low) elements"
        case (let low, let high): "must be \(kind) with \(low) to \(high) elements"
        }
    }
}
