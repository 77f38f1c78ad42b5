/// A strict recursive-descent parser of RFC 8259 over bytes: strict UTF-8, no duplicate keys, no lone surrogates. A byte order mark at the
/// start is ignored, as section 8.1 allows.
///
/// It holds the position, the limits and how much of them is used; the input is passed as a span. The depth limit bounds the recursion.
/// `init(parsingLeniently:)` says what the lenient parser accepts besides.
struct JSONParser {
    let limits: JSONLimits
    let isLenient: Bool
    var position = 0
    private var depth = 0
    private var values = 0
    private var memory = JSONMemory.element
    private let isCancelled: (() -> Bool)?

    /// Number of values between two checks for cancellation: some ten microseconds.
    private static let valuesBetweenLooks = 256

    init(limits: JSONLimits, isLenient: Bool = false, isCancelled: (() -> Bool)?) {
        (self.limits, self.isLenient, self.isCancelled) = (limits, isLenient, isCancelled)
    }

    mutating func document(_ input: borrowing Span<UInt8>) throws(JSONError) -> JSONValue {
        if input.count >= 3, input[0] == 0xEF, input[1] == 0xBB, input[2] == 0xBF { position = 3 }
        skipWhitespace(input)
        let value = try value(input)
        skipWhitespace(input)
        guard position == input.count else {
            throw JSONError(.trailingContent, at: position, "unexpected content after the value")
        }
        return value
    }

    private mutating func value(_ input: borrowing Span<UInt8>) throws(JSONError) -> JSONValue {
        guard position < input.count else { throw ended(input) }
        try countValue()
        switch input[position] {
        case UInt8(ascii: "{"): return .object(try object(input))
        case UInt8(ascii: "["): return .array(try array(input))
        case UInt8(ascii: "\""): return .string(try countedString(input))
        case UInt8(ascii: "t"): return try literal("true", .bool(true), input)
        case UInt8(ascii: "f"): return try literal("false", .bool(false), input)
        case UInt8(ascii: "n"): return try literal("null", .null, input)
        case UInt8(ascii: "-") where isLenient && position + 1 < input.count && input[position + 1] == UInt8(ascii: "I"):
            return try literal("-Infinity", .null, input)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try countedNumber(input)
        case UInt8(ascii: "I") where isLenient: return try literal("Infinity", .null, input)
        case UInt8(ascii: "N") where isLenient: return try literal("NaN", .null, input)
        default: throw unexpected("a value", input)
        }
    }

    private mutating func object(_ input: borrowing Span<UInt8>) throws(JSONError) -> JSONObject {
        try enter()
        var object = JSONObject()
        if closes(UInt8(ascii: "}"), input) { return object }
        try take(JSONMemory.container)
        while true {
            let keyOffset = position
            guard position < input.count else { throw ended(input) }
            guard input[position] == UInt8(ascii: "\"") else { throw unexpected("a key in double quotes", input) }
            let key = try key(input, after: object.count)
            skipWhitespace(input)
            try expect(UInt8(ascii: ":"), "a colon", input)
            skipWhitespace(input)
            let value = try value(input)
            if !object.append(key, value) {
                guard isLenient else { throw JSONError(.duplicateKey, at: keyOffset, "duplicate key") }
                object[key] = value
            }
            if try ends(with: UInt8(ascii: "}"), input) { return object }
        }
    }

    private mutating func array(_ input: borrowing Span<UInt8>) throws(JSONError) -> [JSONValue] {
        try enter()
        var elements: [JSONValue] = []
        if closes(UInt8(ascii: "]"), input) { return elements }
        try take(JSONMemory.container)
        while true {
            try take(JSONMemory.element)
            elements.append(try value(input))
            if try ends(with: UInt8(ascii: "]"), input) { return elements }
        }
    }

    /// Reads the key of an object's next member.
    ///
    /// - Parameter count: number of members that the object already has.
    private mutating func key(_ input: borrowing Span<UInt8>, after count: Int) throws(JSONError) -> String {
        let start = position
        guard count < limits.maximumMembers else {
            throw JSONError(.tooManyMembers, at: start, "object has more than \(limits.maximumMembers) members")
        }
        try take(JSONMemory.member(place: count))
        let key = try countedString(input)
        guard key.utf8.count <= limits.maximumKeyBytes else {
            throw JSONError(.keyTooLong, at: start, "key is longer than \(limits.maximumKeyBytes) bytes")
        }
        return key
    }

    private mutating func countedString(_ input: borrowing Span<UInt8>) throws(JSONError) -> String {
        let text = try string(input)
        try take(JSONMemory.string(bytes: text.utf8.count))
        return text
    }

    private mutating func countedNumber(_ input: borrowing Span<UInt8>) throws(JSONError) -> JSONValue {
        let number = try number(input)
        if case .bigInteger(let value) = number { try take(JSONMemory.string(bytes: value.description.utf8.count)) }
        return number
    }

    private mutating func countValue() throws(JSONError) {
        values += 1
        guard values <= limits.maximumValues else {
            throw JSONError(.tooManyValues, at: position, "more than \(limits.maximumValues) values")
        }
        if values.isMultiple(of: Self.valuesBetweenLooks), isCancelled?() == true {
            throw JSONError(.cancelled, at: position, "the parse was cancelled")
        }
    }

    /// Adds `bytes` to the memory used; throws if the total exceeds the limit.
    private mutating func take(_ bytes: Int) throws(JSONError) {
        memory += bytes
        guard memory <= limits.maximumMemory else {
            throw JSONError(.tooMuchMemory, at: position, "values take more than \(limits.maximumMemory) bytes of memory")
        }
    }

    /// Reads an opening bracket, and enters a nesting level.
    private mutating func enter() throws(JSONError) {
        guard depth < limits.maximumDepth else {
            throw JSONError(.tooDeep, at: position, "more than \(limits.maximumDepth) levels of nesting")
        }
        depth += 1
        position += 1
    }

    /// Reads the closing bracket if it is next, and leaves the nesting level; returns whether it was.
    private mutating func closes(_ bracket: UInt8, _ input: borrowing Span<UInt8>) -> Bool {
        skipWhitespace(input)
        guard position < input.count, input[position] == bracket else { return false }
        position += 1
        depth -= 1
        return true
    }

    /// Reads what follows an element: returns `true` for the closing bracket, `false` for a comma.
    private mutating func ends(with bracket: UInt8, _ input: borrowing Span<UInt8>) throws(JSONError) -> Bool {
        if closes(bracket, input) { return true }
        try expect(UInt8(ascii: ","), "a comma or a closing bracket", input)
        skipWhitespace(input)
        return false
    }

    private mutating func expect(
        _ byte: UInt8, _ name: String, _ input: borrowing Span<UInt8>
    ) throws(JSONError) {
        guard position < input.count else { throw ended(input) }
        guard input[position] == byte else { throw unexpected(name, input) }
        position += 1
    }

    private mutating func literal(
        _ text: StaticString, _ value: JSONValue, _ input: borrowing Span<UInt8>
    ) throws(JSONError) -> JSONValue {
        for index in 0..<text.utf8CodeUnitCount {
            guard position < input.count else { throw ended(input) }
            guard input[position] == text.utf8Start[index] else { throw unexpected("\(text)", input) }
            position += 1
        }
        return value
    }

    private mutating func skipWhitespace(_ input: borrowing Span<UInt8>) {
        while position < input.count {
            switch input[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    func ended(_ input: borrowing Span<UInt8>) -> JSONError {
        JSONError(.unexpectedEnd, at: input.count, "unexpected end of input")
    }

    func unexpected(_ wanted: String, _ input: borrowing Span<UInt8>) -> JSONError {
        let found = String(input[position], radix: 16)
        return JSONError(.unexpectedByte, at: position, "expected \(wanted), got 0x\(found)")
    }
}

extension JSONValue {
    /// Parses one JSON document, with nothing but whitespace around it.
    ///
    /// Strict RFC 8259 and strict UTF-8: overlong forms, surrogates (raw or as a lone `\ud800`), duplicate keys and numbers too large for a
    /// finite double are errors. An integer outside `Int64` becomes `.bigInteger`.
    ///
    /// - Parameter isCancelled: called every few hundred values; once it returns `true`, the parse ends with `.cancelled`.
    /// - Complexity: linear in the input.
    public init(
        parsing bytes: borrowing Span<UInt8>, limits: JSONLimits = .default, isCancelled: (() -> Bool)? = nil
    ) throws(JSONError) {
        var parser = JSONParser(limits: limits, isCancelled: isCancelled)
        self = try parser.document(bytes)
    }

    /// Parses an answer of a provider, which may not be strict JSON.
    ///
    /// Accepts what programs in use write: of a key given twice, the last value counts; a lone surrogate and bytes that are not UTF-8
    /// become U+FFFD; `NaN`, `Infinity`, `-Infinity` and numbers too large for a finite double become `null`; strings may contain control
    /// characters. The limits are those of the strict parser. Requests of clients and stored data are never parsed so.
    public init(parsingLeniently bytes: [UInt8], limits: JSONLimits = .default) throws(JSONError) {
        var parser = JSONParser(limits: limits, isLenient: true, isCancelled: nil)
        self = try parser.document(bytes.span)
    }

    /// Parses bytes as `init(parsing:)` over a span does.
    public init(parsing bytes: [UInt8], limits: JSONLimits = .default, isCancelled: (() -> Bool)? = nil) throws(JSONError) {
        try self.init(parsing: bytes.span, limits: limits, isCancelled: isCancelled)
    }

    /// Parses bytes as `init(parsing:)` over a span does; offsets in errors count from the slice's start.
    public init(parsing bytes: ArraySlice<UInt8>, limits: JSONLimits = .default) throws(JSONError) {
        try self.init(parsing: bytes.span, limits: limits)
    }

    /// Parses a copy of the bytes as `init(parsing:)` over a span does.
    public init(parsing bytes: some Collection<UInt8>, limits: JSONLimits = .default) throws(JSONError) {
        try self.init(parsing: Array(bytes).span, limits: limits)
    }

    /// Parses the text's UTF-8 as `init(parsing:)` over a span does.
    public init(parsing text: String, limits: JSONLimits = .default) throws(JSONError) {
        try self.init(parsing: Array(text.utf8).span, limits: limits)
    }
}
