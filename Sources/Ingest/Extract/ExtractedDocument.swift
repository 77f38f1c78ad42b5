/// What an uploaded file says, as text with its structure beside it.
public struct ExtractedDocument: Sendable, Equatable {
    /// The document's own title: front matter, `<title>` or the first level-1 heading. At most 300 scalars, one line.
    public let title: String?

    /// UTF-8, `\n` newlines, no byte order mark, no NUL, not blank. Not normalised to NFC.
    public let text: String

    /// In order of `range.lowerBound`, disjoint, on scalar boundaries; together they hold all of `text` that is not white.
    public let blocks: [TextBlock]

    /// The type the text was read as; text of any other `text/*` type is `text/plain`.
    public let mediaType: MediaType

    public init(title: String?, text: String, blocks: [TextBlock], mediaType: MediaType) {
        (self.title, self.text, self.blocks, self.mediaType) = (title, text, blocks, mediaType)
    }
}

/// A run of the text that its author set apart.
public struct TextBlock: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// `level` is in `1...6`.
        case heading(level: Int)
        case paragraph
        case listItem
        case code
        case tableRow
        case quote
    }

    public let kind: Kind

    /// UTF-8 bytes of the document's text.
    public let range: Range<Int>

    public init(kind: Kind, range: Range<Int>) { (self.kind, self.range) = (kind, range) }
}
