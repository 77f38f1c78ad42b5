/// Why bytes are not a JSON document that we accept, and where.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        case unexpectedEnd, unexpectedByte, trailingContent, invalidNumber, numberOutOfRange, invalidUTF8, invalidEscape
        case controlCharacter, duplicateKey, tooDeep
    }

    public let code: Code
    /// The byte at fault, counted from the start of the input; the input's length where it ended too soon.
    public let offset: Int
    /// One clause for people; holds nothing of the input but single bytes in hexadecimal.
    public let reason: String

    public var description: String { "\(reason) at byte \(offset)" }

    init(_ code: Code, at offset: Int, _ reason: String) {
        (self.code, self.offset, self.reason) = (code, offset, reason)
    }
}

/// What the parser refuses beyond bad grammar. The size of the input is the caller's to limit.
public struct JSONLimits: Sendable {
    /// How many arrays and objects may lie inside each other, `1...ceiling`.
    public let maximumDepth: Int
    /// Bytes of one number as written. The longest that any double needs is 767 digits and an exponent.
    public let maximumNumberLength: Int

    /// The parser recurses once a level; this deep it needs well under 200 KiB of stack.
    public static let depthCeiling = 512

    /// - Parameter maximumDepth: brought into `1...depthCeiling`.
    public init(maximumDepth: Int = 64, maximumNumberLength: Int = 1100) {
        self.maximumDepth = min(max(maximumDepth, 1), Self.depthCeiling)
        self.maximumNumberLength = max(maximumNumberLength, 1)
    }

    public static let `default` = JSONLimits()
}
