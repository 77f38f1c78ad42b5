/// A page, sheet, slide or attachment of a document: a range of its text.
public struct DocumentPart: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable {
        case page, sheet, slide, attachment
    }

    public let kind: Kind

    /// The position among the document's parts of this kind, from 1: the n-th page of the file, whatever number is printed on it.
    public let number: Int

    /// The printed page number if it differs from `number`, the name of the sheet, the title of the slide, or the name of the attachment.
    public let label: String?

    /// The range of the part in the document's text, in UTF-8 bytes. It is empty for a part without text.
    public let range: Range<Int>

    public init(kind: Kind, number: Int, label: String? = nil, range: Range<Int>) {
        (self.kind, self.number, self.label, self.range) = (kind, number, label, range)
    }
}
