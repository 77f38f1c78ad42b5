/// A page, sheet, slide or attachment of a document, in which a passage lies as a whole or in part.
public struct PassagePart: Hashable, Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        case page, sheet, slide, attachment
    }

    public let kind: Kind
    /// The position among the document's parts of this kind, from 1.
    public let number: Int
    /// The printed page number if it differs from `number`, the name of a sheet or attachment, or the title of a slide.
    public let label: String?
    /// The range of the whole part in the document's text, in UTF-8 bytes; empty for a part without text.
    public let span: Range<Int>

    public init(kind: Kind, number: Int, label: String? = nil, span: Range<Int>) {
        (self.kind, self.number, self.label, self.span) = (kind, number, label, span)
    }

    /// Whether no passage has text from inside and from outside of this part. Paragraphs go on from one page to the next; sheets, slides
    /// and attachments are separate.
    public var isSeparate: Bool { kind != .page }
}

extension [PassagePart] {
    /// Returns the parts of which `span` has text.
    ///
    /// - Precondition: the parts are ordered and disjoint, as those of a document are.
    /// - Complexity: logarithmic in the number of parts, plus the parts that are returned.
    public func overlapping(_ span: Range<Int>) -> [PassagePart] {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].span.upperBound <= span.lowerBound { low = middle + 1 } else { high = middle }
        }
        return self[low...].prefix { $0.span.lowerBound < span.upperBound }.filter { $0.span.overlaps(span) }
    }

    /// The place that a citation names; `nil` if there are no parts.
    public var place: PassagePlace? { PassagePlace(self) }
}
