import ByteText
package import Tenancy

/// A position in the list of a tenant's documents. The list begins with a page of the documents that were written last; the others follow
/// in the order of their ids.
///
/// The first page is remembered by its range of sequence numbers. A document of that page that is written again gets a number outside of it
/// and so is listed again, but no document is missing.
package struct ListPosition: Equatable, Sendable {
    /// The sequence numbers of the documents on the first page; `nil` if it was empty.
    package let recent: ClosedRange<Int64>?
    /// The last id of the previous page; `nil` after the first page.
    package let after: DocumentID?

    package init(recent: ClosedRange<Int64>?, after: DocumentID?) { (self.recent, self.after) = (recent, after) }

    /// - Returns: `nil` for text that `encoded` cannot produce.
    package init?(_ text: String) {
        guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")) else { return nil }
        let (range, id) = (text[..<slash], String(text[text.utf8.index(after: slash)...]))
        let bounds = range.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).map { Int64(String(Substring($0))) }
        switch (bounds.count, bounds.first ?? nil, bounds.last ?? nil) {
        case (2, let first?, let last?) where first <= last: recent = first...last
        case (1, nil, nil) where range.isEmpty: recent = nil
        default: return nil
        }
        after = id.isEmpty ? nil : DocumentID(id)
        guard encoded.hasSameBytes(as: text) else { return nil }
    }

    /// `first-last/id`; the parts before and after the slash are empty if they are `nil`.
    package var encoded: String { "\(recent.map { "\($0.lowerBound)-\($0.upperBound)" } ?? "")/\(after?.rawValue ?? "")" }
}
