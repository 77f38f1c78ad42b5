internal import CPDFium

/// The titles of the document's outline, by page and by their letters.
enum Outline {
    private static let most = 20_000
    private static let deepest = 12

    static func titles(_ document: borrowing PDFDocument) -> [Int: [String: Int]] {
        var result: [Int: [String: Int]] = [:]
        var left = most
        var open: [(bookmark: cp_handle, level: Int)] = []
        var seen: Set<UnsafeMutableRawPointer> = []
        if let first = cp_bookmark_child(document.handle, nil) { open.append((first, 1)) }
        while let (bookmark, level) = open.popLast(), left > 0 {
            left -= 1
            // An outline that leads back to itself has no end.
            guard seen.insert(bookmark).inserted else { continue }
            let title = Text16.read(limit: 1000) { cp_bookmark_title(bookmark, $0, $1) }
            let page = Int(cp_bookmark_page(document.handle, bookmark))
            if let title, page >= 0 {
                let key = Headings.key(title)
                for key in [key, Headings.unnumbered(key)] where !key.isEmpty { result[page, default: [:]][key] = min(level, 6) }
            }
            if let next = cp_bookmark_next(document.handle, bookmark) { open.append((next, level)) }
            if level < deepest, let child = cp_bookmark_child(document.handle, bookmark) { open.append((child, level + 1)) }
        }
        return result
    }
}
