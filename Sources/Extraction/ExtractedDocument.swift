/// The extracted text of an uploaded file and its block structure.
public struct ExtractedDocument: Sendable, Equatable {
    /// The document's own title, from front matter, `<title>` or the first level-1 heading: one line of at most 300 scalars.
    public let title: String?

    /// The text: UTF-8 with `\n` newlines, without byte order mark and NUL, not blank. It is not normalised to NFC.
    public let text: String

    /// The blocks, ordered by `range.lowerBound`, disjoint, on scalar boundaries; they cover all of `text` except white space.
    public let blocks: [TextBlock]

    /// The media type as which the file was parsed; `text/plain` for any other `text/*` type.
    public let mediaType: MediaType

    /// The pages, sheets, slides and attachments, in order and disjoint; empty if the format has none.
    public let parts: [DocumentPart]

    public init(title: String?, text: String, blocks: [TextBlock], mediaType: MediaType, parts: [DocumentPart] = []) {
        (self.title, self.text, self.blocks, self.mediaType, self.parts) = (title, text, blocks, mediaType, parts)
    }
}

/// A structural block of the text, such as a heading or a paragraph.
public struct TextBlock: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// `level` is in `1...6`.
        case heading(level: Int)
        case paragraph
        case listItem
        case code
        case tableRow
        /// A record of delimited text, as a line of CSV.
        case record(delimiter: UInt8)
        case json
        case quote
    }

    public let kind: Kind

    /// The range of the block in the document's text, in UTF-8 bytes.
    public let range: Range<Int>

    /// For a row or record of a table: the range of the row that names the columns, if another row does.
    public var header: Range<Int>?

    public init(kind: Kind, range: Range<Int>, header: Range<Int>? = nil) { (self.kind, self.range, self.header) = (kind, range, header) }
}
