/// A passage of a document, small enough for the embedding model.
public struct Chunk: Sendable, Hashable {
    /// UTF-8 bytes of the document's text.
    public let span: Range<Int>

    /// Exactly the bytes of `span`; begins and ends with something that is not white.
    public let text: String

    /// The headings that enclose the whole chunk, outermost first, at most six of at most 200 scalars.
    /// A chunk made of several small sections has the headings they share; a first one that only repeats the
    /// document's title is left out.
    public let headingPath: [String]

    /// Of `text` alone, as the chunker's counter counts.
    public let tokenCount: Int

    public init(span: Range<Int>, text: String, headingPath: [String], tokenCount: Int) {
        (self.span, self.text, self.headingPath, self.tokenCount) = (span, text, headingPath, tokenCount)
    }
}
