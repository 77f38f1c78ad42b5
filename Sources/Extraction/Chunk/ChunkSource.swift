/// A document's text for the chunker: its bytes, and token counts of ranges.
struct ChunkSource {
    let utf8: [UInt8]
    private let text: String
    private let counter: any TokenCounting

    init(_ document: ExtractedDocument, counter: any TokenCounting) {
        var text = document.text
        text.makeContiguousUTF8()
        self.text = text
        self.counter = counter
        utf8 = Array(text.utf8)
    }

    /// - Parameter range: a range of bytes on scalar boundaries.
    func tokenCount(_ range: Range<Int>) -> Int { max(0, counter.tokenCount(substring(range))) }

    func substring(_ range: Range<Int>) -> Substring {
        let lower = text.utf8.index(text.startIndex, offsetBy: range.lowerBound)
        let upper = text.utf8.index(lower, offsetBy: range.count)
        return text[lower..<upper]
    }

    /// Returns the last scalar boundary at or before `i`, which may be outside the text.
    func scalarBoundary(_ i: Int) -> Int {
        var i = min(max(i, 0), utf8.count)
        while i > 0, i < utf8.count, utf8[i] & 0xC0 == 0x80 { i -= 1 }
        return i
    }
}
