/// An estimate of the number of tokens of a text, from its bytes, for a model whose tokenizer is not available.
///
/// An ASCII letter or digit counts as a quarter of a token, ASCII white space as none, and any other byte as half a token. English
/// prose comes out close to WordPiece (1.3 tokens per word). Source code, CJK and Cyrillic are overestimated rather than
/// underestimated, so that a text that was cut to fit does fit.
public enum TokenEstimate {
    /// Returns the estimated number of tokens; 0 for white space only. Linear in `text`.
    public static func tokens(_ text: some Sequence<UInt8>) -> Int {
        (text.reduce(0) { $0 + quarters($1) } + 3) / 4
    }

    /// Returns the longest prefix of whole scalars that has at most `tokens` estimated tokens.
    package static func prefix(_ text: String, tokens: Int) -> Substring {
        // A text this short cannot exceed the limit.
        guard text.utf8.count > tokens * 2 else { return text[...] }
        var left = tokens * 4
        var index = text.utf8.startIndex
        while index < text.utf8.endIndex {
            left -= quarters(text.utf8[index])
            if left < 0 { break }
            text.utf8.formIndex(after: &index)
        }
        // Goes back to the start of a scalar; a cut between the scalars of one character does no harm.
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
