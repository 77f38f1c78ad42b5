public import Citing

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

extension ExtractedDocument {
    /// The document's parts, as passages refer to them: in order and disjoint, within the text, those without text included.
    public var passageParts: [PassagePart] {
        let end = text.utf8.count
        var start = 0
        return parts.map { part in
            let lower = min(max(part.range.lowerBound, start), end)
            start = min(max(part.range.upperBound, lower), end)
            return PassagePart(kind: .init(part.kind), number: part.number, label: part.label, span: lower..<start)
        }
    }
}

extension PassagePart.Kind {
    init(_ kind: DocumentPart.Kind) {
        self =
            switch kind {
            case .page: .page
            case .sheet: .sheet
            case .slide: .slide
            case .attachment: .attachment
            }
    }
}
