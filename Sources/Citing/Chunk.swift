/// A passage of a document, small enough for the embedding model.
public struct Chunk: Hashable, Sendable {
    /// The range of the chunk in the document's text, in UTF-8 bytes.
    public let span: Range<Int>
    /// The headings that enclose the whole chunk, outermost first.
    public let headings: [String]
    /// The exact text of `span`.
    public let text: String
    /// The number of tokens in `text` alone, without title and headings.
    public let tokenCount: Int
    /// The pages, or the sheet, slide or attachment, that the chunk has text of, in order; empty if the document has none there.
    public let parts: [PassagePart]

    public init(span: Range<Int>, headings: [String] = [], text: String, tokenCount: Int, parts: [PassagePart] = []) {
        (self.span, self.headings, self.text, self.tokenCount) = (span, headings, text, tokenCount)
        self.parts = parts
    }
}

/// The id of a chunk, and its position in the document.
public struct ChunkPosition: Hashable, Sendable {
    /// ID of the chunk within its tenant; it changes when the document is replaced.
    public let id: String
    /// Range of UTF-8 bytes in the document's text.
    public let span: Range<Int>
    /// The parts of the document that the chunk has text of, in order.
    public let parts: [PassagePart]

    public init(id: String, span: Range<Int>, parts: [PassagePart] = []) { (self.id, self.span, self.parts) = (id, span, parts) }
}
