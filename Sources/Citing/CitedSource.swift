/// A passage of a document that an answer may cite: its number in the answer, and its position in the document.
public struct CitedSource: Hashable, Sendable {
    /// Number of the source, from 1: the marker `[1]` in the answer cites source 1.
    public var number: Int
    public let document: String
    public let title: String?
    /// URL at which people can read the document.
    public let url: String?
    /// Headings above the passage, outermost first.
    public let headings: [String]
    /// Range of UTF-8 bytes in the document's text.
    public let span: Range<Int>
    /// Exact text of the passage: the bytes of `span`.
    public let text: String
    /// Chunks that the passage comes from, in reading order; not empty if it comes from an index.
    public let chunks: [ChunkPosition]
    /// Relevance to the query; larger is better, comparable within one search only.
    public let score: Float
    /// The parts of the document that the passage has text of, in order.
    public let parts: [PassagePart]

    public init(
        number: Int, document: String, title: String? = nil, url: String? = nil, headings: [String] = [], span: Range<Int>,
        text: String, chunks: [ChunkPosition] = [], score: Float = 0, parts: [PassagePart] = []
    ) {
        (self.number, self.document, self.title, self.url) = (number, document, title, url)
        (self.headings, self.span, self.text) = (headings, span, text)
        (self.chunks, self.score, self.parts) = (chunks, score, parts)
    }

    /// Returns a part of this passage, with the chunks and the parts of the document that it overlaps.
    ///
    /// - Parameter range: byte range in `text`, on scalar boundaries.
    /// - Returns: `nil` if the range is out of bounds or not on scalar boundaries.
    public func part(_ range: Range<Int>, number: Int) -> CitedSource? {
        let utf8 = text.utf8
        guard range.lowerBound >= 0, range.upperBound <= utf8.count, span.count == utf8.count else { return nil }
        let lower = utf8.index(utf8.startIndex, offsetBy: range.lowerBound)
        let upper = utf8.index(lower, offsetBy: range.count)
        guard let words = String(utf8[lower..<upper]) else { return nil }
        let place = span.lowerBound + range.lowerBound..<span.lowerBound + range.upperBound
        return CitedSource(
            number: number, document: document, title: title, url: url, headings: headings, span: place, text: words,
            chunks: chunks.filter { $0.span.overlaps(place) }, score: score, parts: parts.overlapping(place))
    }
}
