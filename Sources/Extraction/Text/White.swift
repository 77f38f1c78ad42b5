/// Detection and trimming of white space in UTF-8 bytes.
///
/// - Source: The Unicode Character Database 15.0, PropList.txt, `White_Space`.
package enum White {
    /// Returns the length of the white-space scalar at `i`, in bytes, or 0 if the scalar is not white space.
    package static func length(_ utf8: [UInt8], at i: Int) -> Int {
        let byte = utf8[i]
        if byte < 0x80 { return Ascii.isWhite(byte) ? 1 : 0 }
        if byte == 0xC2 {
            return i + 1 < utf8.count && (utf8[i + 1] == 0x85 || utf8[i + 1] == 0xA0) ? 2 : 0
        }
        guard i + 2 < utf8.count, byte >= 0xE1, byte <= 0xE3 else { return 0 }
        switch (byte, utf8[i + 1], utf8[i + 2]) {
        case (0xE1, 0x9A, 0x80): return 3  // ogham space
        case (0xE2, 0x80, 0x80...0x8A), (0xE2, 0x80, 0xA8), (0xE2, 0x80, 0xA9), (0xE2, 0x80, 0xAF): return 3
        case (0xE2, 0x81, 0x9F), (0xE3, 0x80, 0x80): return 3
        default: return 0
        }
    }

    /// Returns `range` without white space at either end; an empty range at its lower bound if all of it is white space.
    package static func trim(_ utf8: [UInt8], _ range: Range<Int>) -> Range<Int> {
        var (lower, upper) = (range.lowerBound, range.upperBound)
        while lower < upper {
            let length = length(utf8, at: lower)
            if length == 0 { break }
            lower += length
        }
        if lower >= upper { return range.lowerBound..<range.lowerBound }
        while upper > lower {
            let start = scalarStart(utf8, before: upper)
            if length(utf8, at: start) == 0 { break }
            upper = start
        }
        return lower..<upper
    }

    /// Returns the start of the scalar that ends before `i`.
    package static func scalarStart(_ utf8: [UInt8], before i: Int) -> Int {
        var start = i - 1
        while start > 0, utf8[start] & 0xC0 == 0x80 { start -= 1 }
        return start
    }

    /// Returns whether the text is invisible: only white space, zero-width characters and soft hyphens.
    static func isBlank(_ text: ArraySlice<UInt8>) -> Bool {
        // The loop stops at the first visible scalar, so it reads all of a long text only if that is blank.
        var decoder = text.makeIterator()
        var utf8 = UTF8()
        while case .scalarValue(let scalar) = utf8.decode(&decoder) {
            guard scalar.properties.isWhitespace || invisible.contains(scalar.value) else { return false }
        }
        return true
    }

    /// The soft hyphen, zero-width space, joiners, direction marks, and byte order mark.
    private static let invisible: Set<UInt32> = [0xAD, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF]
}
