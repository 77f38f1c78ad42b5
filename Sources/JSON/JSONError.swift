/// The reason why bytes are not an accepted JSON document, with its position.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        case unexpectedEnd, unexpectedByte, trailingContent, invalidNumber, numberOutOfRange, invalidUTF8, invalidEscape
        case controlCharacter, duplicateKey, tooDeep
        /// The document exceeds a size limit of `JSONLimits`.
        case tooManyValues, tooManyMembers, keyTooLong, tooMuchMemory
        /// The parse was cancelled because its result is no longer needed.
        case cancelled

        /// Whether the document exceeds a size limit, without breaking a rule of JSON so far.
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
    /// Offset of the invalid byte from the start of the input; the input's length if the input ended too soon.
    public let offset: Int
    /// A human-readable reason; contains nothing of the input but single bytes in hexadecimal.
    public let reason: String

    public var description: String { "\(reason) at byte \(offset)" }

    init(_ code: Code, at offset: Int, _ reason: String) {
        (self.code, self.offset, self.reason) = (code, offset, reason)
    }
}
