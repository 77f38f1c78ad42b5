/// A passage of a document, small enough for the embedding model.
public struct Chunk: Sendable, Hashable {
    /// The range of the chunk in the document's text, in UTF-8 bytes.
    public let span: Range<Int>

    /// The exact text of `span`, which neither begins nor ends with white space.
    public let text: String

    /// The headings that enclose the whole chunk, outermost first: at most six, each of at most 200 scalars.
    /// A chunk of several small sections has the headings that they share. A first heading that only repeats the
    /// document's title is omitted.
    public let headingPath: [String]

    /// The number of tokens in `text` alone, according to the chunker's counter.
    public let tokenCount: Int

    public init(span: Range<Int>, text: String, headingPath: [String], tokenCount: Int) {
        (self.span, self.text, self.headingPath, self.tokenCount) = (span, text, headingPath, tokenCount)
    }
}
