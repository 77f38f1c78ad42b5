/// How many tokens a text has for a model whose tokenizer is not here: an estimate from its bytes.
///
/// A letter or digit of ASCII counts as a quarter of a token, any other ASCII byte but white space and any byte beyond ASCII as
/// half of one, white space as none. English prose comes out near what WordPiece gives (1.3 tokens a word); source code, CJK
/// and Cyrillic come out rather too high than too low, so that what was cut to fit does fit.
public enum TokenEstimate {
    /// Linear in `text`; 0 for white space only.
    public static func tokens(_ text: some Sequence<UInt8>) -> Int {
        (text.reduce(0) { $0 + quarters($1) } + 3) / 4
    }

    /// The longest beginning of whole characters that has at most so many tokens.
    package static func prefix(_ text: String, tokens: Int) -> Substring {
        // Nothing that short can be too long.
        guard text.utf8.count > tokens * 2 else { return text[...] }
        var left = tokens * 4
        var index = text.utf8.startIndex
        while index < text.utf8.endIndex {
            left -= quarters(text.utf8[index])
            if left < 0 { break }
            text.utf8.formIndex(after: &index)
        }
        // Back to where a scalar begins; a cut between the scalars of one character does no harm.
        while index.samePosition(in: text.unicodeScalars) == nil { text.utf8.formIndex(before: &index) }
        return text[..<index]
    }

    @inline(__always)
    private static func quarters(_ byte: UInt8) -> Int {
        switch byte {
        case 0x09...0x0D, 0x20: 0
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): 1
        default: 2
        }
    }
}
