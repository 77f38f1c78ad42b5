/// Finds running headers, footers and page numbers: the outermost lines of pages that repeat at the same height, digits aside.
struct Furniture {
    /// A line of text, or a row of a table, of one page.
    struct Entry {
        var text: String
        /// The baseline above the page's lower edge, and below its upper edge.
        var above: Float
        var below: Float
        var height: Float
        /// Whether it stands across, in a margin.
        var isTurned = false
    }

    /// How many lines of each edge are looked at.
    private static let reach = 4
    /// Share of the page's height within which they lie.
    private static let margin: Float = 0.17

    private var counts: [Key: Int] = [:]
    private var turned: [String: Int] = [:]
    private let pageCount: Int

    private struct Key: Hashable {
        var text: String
        var isTop: Bool
        var height: Int
    }

    init(pages: [[Entry]]) {
        pageCount = pages.count(where: { !$0.isEmpty })
        for page in pages {
            for text in Set(page.filter(\.isTurned).map { Self.normalised($0.text) }) { turned[text, default: 0] += 1 }
            var seen: Set<Key> = []
            for (entry, isTop) in Self.edges(page) {
                for key in Self.keys(entry, isTop: isTop).prefix(1) { seen.insert(key) }
            }
            for key in seen { counts[key, default: 0] += 1 }
        }
    }

    /// The indices of the entries of a page that are furniture.
    func indices(in page: [Entry]) -> Set<Int> {
        var result = Set(page.indices.filter { page[$0].isTurned && turned[Self.normalised(page[$0].text), default: 0] >= 3 })
        for isTop in [true, false] {
            for index in Self.order(page, isTop: isTop).prefix(Self.reach * 2) {
                guard Self.isNear(page[index], isTop: isTop), repeats(page[index], isTop: isTop) else { break }
                result.insert(index)
            }
        }
        return result
    }

    private func repeats(_ entry: Entry, isTop: Bool) -> Bool {
        // Neighbouring heights count too: rounding may part equal lines.
        let count = Self.keys(entry, isTop: isTop).reduce(0) { $0 + (counts[$1] ?? 0) }
        if pageCount <= 3 { return count >= 2 && (pageCount == 2 || count == pageCount || Self.isNumber(entry.text)) }
        return count >= 3
    }

    private static func edges(_ page: [Entry]) -> [(Entry, Bool)] {
        [true, false].flatMap { isTop in
            order(page, isTop: isTop).prefix(reach * 2).filter { isNear(page[$0], isTop: isTop) }.map { (page[$0], isTop) }
        }
    }

    private static func order(_ page: [Entry], isTop: Bool) -> [Int] {
        page.indices.filter { !page[$0].isTurned }.sorted { isTop ? page[$0].below < page[$1].below : page[$0].above < page[$1].above }
    }

    private static func isNear(_ entry: Entry, isTop: Bool) -> Bool {
        (isTop ? entry.below : entry.above) < entry.height * margin && entry.text.utf8.count <= 300
    }

    private static func keys(_ entry: Entry, isTop: Bool) -> [Key] {
        let height = Int((max(-100_000, min(100_000, isTop ? entry.below : entry.above)) / 4).rounded())
        let text = normalised(entry.text)
        return [height, height - 1, height + 1].map { Key(text: text, isTop: isTop, height: $0) }
    }

    /// Letters as they are, each run of digits as `#`, and a Roman number alone as `#`.
    private static func normalised(_ text: String) -> String {
        if isNumber(text) { return "#" }
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar.isDigit {
                if result.last != "#" { result.append("#") }
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Whether a running line says more than the number of the page.
    static func isName(_ text: String) -> Bool { text.unicodeScalars.count(where: \.isLetter) > 8 }

    /// The letters of a running line, by which it is the same on pages with different numbers.
    static func name(_ text: String) -> String { String(String.UnicodeScalarView(text.unicodeScalars.filter(\.isLetter))) }

    private static func isNumber(_ text: String) -> Bool {
        let bare = text.unicodeScalars.filter { !" -–—.|[]()".unicodeScalars.contains($0) }
        guard !bare.isEmpty, bare.count <= 6 else { return false }
        return bare.allSatisfy { $0.isDigit } || bare.allSatisfy { "ivxlcIVXLC".unicodeScalars.contains($0) }
    }
}
