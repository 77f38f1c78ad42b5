/// The structure of JSON text, to split it between values.
enum JSONValues {
    /// Maximum number of times that a text is split into smaller values.
    static let maximumDepth = 16

    /// Returns the parts of a text: the values of a sequence, each with the comma after it; or of a single object or array, its opening
    /// with the first bracket, the values in it, and its end.
    ///
    /// The text need not be valid: other text is one part.
    /// - Parameter joinedBytes: the size up to which neighbours are one part, in bytes.
    /// - Complexity: linear.
    static func parts(_ utf8: [UInt8], _ range: Range<Int>, joinedBytes: Int) -> [Range<Int>] {
        var scanner = Scanner(range, joinedBytes: joinedBytes)
        for i in range { scanner.take(utf8[i], at: i) }
        return scanner.hasOuter ? scanner.outer.parts(upTo: range.upperBound) : scanner.inner.parts(upTo: range.upperBound)
    }

    private struct Scanner {
        /// The ends of values outside of brackets: after commas, and at newlines.
        var outer: JoinedParts
        /// The ends of parts inside of the outermost brackets: after the opening one and after commas, and before the closing one.
        var inner: JoinedParts
        private(set) var hasOuter = false
        private let range: Range<Int>
        private var depth = 0
        /// Whether a value outside of brackets has ended, so that a bracket begins the next one.
        private var isAfterValue = false
        private var isString = false
        private var isEscaped = false

        init(_ range: Range<Int>, joinedBytes: Int) {
            self.range = range
            (outer, inner) = (JoinedParts(from: range.lowerBound, joinedBytes), JoinedParts(from: range.lowerBound, joinedBytes))
        }

        mutating func take(_ byte: UInt8, at i: Int) {
            guard !isString else { return takeCharacter(byte) }
            switch byte {
            case Ascii.quote: isString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                if depth == 0, isAfterValue { cutOuter(at: i) }
                depth += 1
                if depth == 1 { inner.cut(at: i + 1) }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth = max(0, depth - 1)
                if depth == 0 {
                    inner.cut(at: i)
                    isAfterValue = true
                }
            case UInt8(ascii: ",") where depth == 0: cutOuter(at: i + 1)
            case UInt8(ascii: ",") where depth == 1: inner.cut(at: i + 1)
            case Ascii.newline where depth == 0: cutOuter(at: i)
            default: break
            }
        }

        private mutating func cutOuter(at i: Int) {
            guard i > range.lowerBound, i < range.upperBound else { return }
            hasOuter = true
            isAfterValue = false
            outer.cut(at: i)
        }

        private mutating func takeCharacter(_ byte: UInt8) {
            if isEscaped {
                isEscaped = false
            } else if byte == Ascii.backslash {
                isEscaped = true
            } else if byte == Ascii.quote {
                isString = false
            }
        }
    }
}
