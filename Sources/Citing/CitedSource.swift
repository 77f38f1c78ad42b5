/// Words of a document that an answer may rest on: their number in the answer, and where they stand.
public struct CitedSource: Hashable, Sendable {
    /// A chunk of the index, and where it stands.
    public struct Chunk: Hashable, Sendable {
        public let id: String
        /// UTF-8 bytes of the document's text.
        public let span: Range<Int>

        public init(id: String, span: Range<Int>) { (self.id, self.span) = (id, span) }
    }

    /// From 1: what `[1]` in the answer means.
    public var number: Int
    public let document: String
    public let title: String?
    /// Where people can read the document.
    public let url: String?
    /// Above the words, outermost first.
    public let headings: [String]
    /// UTF-8 bytes of the document's text.
    public let span: Range<Int>
    /// The very words: the bytes of `span`.
    public let text: String
    /// The chunks that the words come from, in reading order; not empty where they come from an index.
    public let chunks: [Chunk]
    /// How well the words match what was asked; larger is better, comparable within one search only.
    public let score: Float

    public init(
        number: Int, document: String, title: String? = nil, url: String? = nil, headings: [String] = [], span: Range<Int>,
        text: String, chunks: [Chunk] = [], score: Float = 0
    ) {
        (self.number, self.document, self.title, self.url) = (number, document, title, url)
        (self.headings, self.span, self.text) = (headings, span, text)
        (self.chunks, self.score) = (chunks, score)
    }

    /// A part of these words, with the chunks it touches.
    ///
    /// - Parameter range: bytes of `text`, on scalar boundaries.
    /// - Returns: `nil` where the range does not lie within the text so.
    public func part(_ range: Range<Int>, number: Int) -> CitedSource? {
        let utf8 = text.utf8
        guard range.lowerBound >= 0, range.upperBound <= utf8.count, span.count == utf8.count else { return nil }
        let lower = utf8.index(utf8.startIndex, offsetBy: range.lowerBound)
        let upper = utf8.index(lower, offsetBy: range.count)
        guard let words = String(utf8[lower..<upper]) else { return nil }
        let place = span.lowerBound + range.lowerBound..<span.lowerBound + range.upperBound
        return CitedSource(
            number: number, document: document, title: title, url: url, headings: headings, span: place, text: words,
            chunks: chunks.filter { $0.span.overlaps(place) }, score: score)
    }
}
