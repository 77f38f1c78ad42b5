/// The place of a passage in its document, as a citation names it: the part in which it begins and, of pages, the last one.
public struct PassagePlace: Hashable, Sendable {
    /// Number of the page on which the passage begins, from 1: the position in the file, whatever number is printed.
    public private(set) var page: Int?
    /// Number of the page on which the passage ends, if it is another one.
    public private(set) var pageEnd: Int?
    /// Printed number of the page on which the passage begins, if it differs from `page`.
    public private(set) var pageLabel: String?
    /// Name of the sheet; its number if it has no name.
    public private(set) var sheet: String?
    /// Number of the slide, from 1.
    public private(set) var slide: Int?
    /// Name of the attachment; its number if it has no name.
    public private(set) var attachment: String?

    /// - Parameter parts: the parts of which the passage has text, in order.
    /// - Returns: `nil` if there are none.
    public init?(_ parts: [PassagePart]) {
        guard let first = parts.first else { return nil }
        switch first.kind {
        case .page:
            (page, pageLabel) = (first.number, first.label)
            let last = parts.last { $0.kind == .page }?.number
            pageEnd = last == page ? nil : last
        case .sheet: sheet = first.label ?? "\(first.number)"
        case .slide: slide = first.number
        case .attachment: attachment = first.label ?? "\(first.number)"
        }
    }

    /// The place in words, such as `page 3–4` or `sheet Prices`.
    public var text: String {
        if let page { return pageEnd.map { "pages \(page)–\($0)" } ?? "page \(page)" }
        if let sheet { return "sheet \(sheet)" }
        return slide.map { "slide \($0)" } ?? "attachment \(attachment ?? "")"
    }
}
