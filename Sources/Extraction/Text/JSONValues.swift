/// The structure of JSON text, to split it between values.
enum JSONValues {
    /// Maximum number of times that a text is split into smaller values.
    static let maximumDepth = 16

    /// Returns the parts of a text: the values of a sequence, each with the comma after it; or of a single object or array, its opening with
    /// the first bracket, the values in it, and its end.
    ///
    /// The text need not be valid: other text is one part.
    /// - Complexity: linear.
    static func parts(_ utf8: [UInt8], _ range: Range<Int>) -> [Range<Int>] {
        var scanner = Scanner()
        for i in range { scanner.take(utf8[i], at: i) }
        let cuts = scanner.outer.contains { $0 > range.lowerBound && $0 < range.upperBound } ? scanner.outer : scanner.inner
        var parts: [Range<Int>] = []
        var start = range.lowerBound
        for cut in cuts + [range.upperBound] where cut > start {
            parts.append(start..<cut)
            start = cut
        }
        return parts
    }

    private struct Scanner {
        /// The ends of values outside of brackets: after commas, and at newlines.
        var outer: [Int] = []
        /// The ends of parts inside of the outermost brackets: after the opening one and after commas, and before the closing one.
        var inner: [Int] = []
        private var depth = 0
        private var isString = false
        private var isEscaped = false

        mutating func take(_ byte: UInt8, at i: Int) {
            guard !isString else { return takeCharacter(byte) }
            switch byte {
            case Ascii.quote: isString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                if depth == 1 { inner.append(i + 1) }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth = max(0, depth - 1)
                if depth == 0 { inner.append(i) }
            case UInt8(ascii: ",") where depth == 0: outer.append(i + 1)
            case UInt8(ascii: ",") where depth == 1: inner.append(i + 1)
            case Ascii.newline where depth == 0: outer.append(i)
            default: break
            }
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
