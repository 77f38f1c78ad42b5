/// A limit on the attributes of a tag, checked before libxml2 sees them: it compares each with all others.
///
/// Bytes are followed across blocks. Comments and CDATA sections are taken for text, so that they may have anything.
struct XMLTagLimit {
    /// Maximum number of attributes of a tag.
    static let maxAttributes = 10_000

    private enum State { case text, opening, tag, quoted(UInt8) }

    private var state = State.text
    private var attributes = 0

    /// - Throws: `.malformed` if a tag has too many attributes.
    mutating func check(_ bytes: UnsafeRawBufferPointer) throws(ExtractError) {
        for byte in bytes {
            switch state {
            case .text: if byte == Ascii.less { state = .opening }
            case .opening:
                // Declarations, comments and instructions have no attributes that count; UTF-16 has a zero between.
                if byte == 0 { continue }
                state = byte == Ascii.bang || byte == Ascii.question ? .text : .tag
                attributes = 0
            case .tag:
                switch byte {
                case Ascii.greater: state = .text
                case Ascii.quote, Ascii.apostrophe: state = .quoted(byte)
                case Ascii.equals:
                    attributes += 1
                    guard attributes <= Self.maxAttributes else {
                        throw ExtractError(.malformed, "an element has more than \(Self.maxAttributes) attributes")
                    }
                default: break
                }
            case .quoted(let mark): if byte == mark { state = .tag }
            }
        }
    }
}
