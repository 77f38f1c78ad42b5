/// Why bytes are not a JSON document that we accept, and where.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        case unexpectedEnd, unexpectedByte, trailingContent, invalidNumber, numberOutOfRange, invalidUTF8, invalidEscape
        case controlCharacter, duplicateKey, tooDeep
        /// The document exceeds a bound of `JSONLimits` on how much it holds.
        case tooManyValues, tooManyMembers, keyTooLong, tooMuchMemory
        /// The parse was stopped because its result is not wanted any more.
        case cancelled

        /// Whether the document breaks no rule of JSON, but holds more than is accepted.
        public var isLimit: Bool {
            switch self {
            case .tooManyValues, .tooManyMembers, .keyTooLong, .tooMuchMemory: true
            case .unexpectedEnd, .unexpectedByte, .trailingContent, .invalidNumber, .numberOutOfRange, .invalidUTF8, .invalidEscape,
                .controlCharacter, .duplicateKey, .tooDeep, .cancelled:
                false
            }
        }
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
