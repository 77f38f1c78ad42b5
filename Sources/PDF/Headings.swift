/// Tells headings from other paragraphs: by the structure tree, by the outline, by size and weight.
struct Headings {
    /// The size of most of the text.
    let bodySize: Float
    private let isBodyBold: Bool
    /// Sizes above the body's at which headings occur, largest first.
    private let sizes: [Float]
    /// Levels of the outline's titles, by page.
    private let outline: [Int: [String: Int]]

    init(_ pages: [[Paragraph]], outline: [Int: [String: Int]]) {
        self.outline = outline
        var weights: [Float: (all: Int, bold: Int)] = [:]
        for paragraph in pages.joined() {
            for line in paragraph.lines {
                let count = line.text.utf8.count
                weights[line.size, default: (0, 0)].all += count
                if line.isBold { weights[line.size, default: (0, 0)].bold += count }
            }
        }
        let body = weights.max { ($0.value.all, $1.key) < ($1.value.all, $0.key) }
        bodySize = body?.key ?? 10
        isBodyBold = body.map { $0.value.bold * 2 > $0.value.all } ?? false
        let size = bodySize
        let large = Set(pages.joined().filter { Self.isLarge($0, size) && Self.isShort($0) }.map { ($0.size * 2).rounded() / 2 })
        sizes = large.sorted(by: >)
    }

    private static func isLarge(_ paragraph: Paragraph, _ bodySize: Float) -> Bool {
        paragraph.size >= max(bodySize * 1.12, bodySize + 0.8)
    }

    private static func isShort(_ paragraph: Paragraph) -> Bool {
        paragraph.lines.count <= 4 && paragraph.wordCount <= 30 && paragraph.lines.reduce(0) { $0 + $1.text.utf8.count } <= 400
    }

    /// - Parameter text: the joined lines.
    func level(of paragraph: Paragraph, text: String, page: Int, tag: ContentTag?, hasNext: Bool) -> Int? {
        if case .heading(let level) = tag { return level }
        guard text.utf8.count <= 400, Self.hasWord(text) else { return nil }
        if let titles = outline[page], let level = titles[Self.key(text)] ?? titles[Self.unnumbered(Self.key(text))] { return level }
        guard Self.isShort(paragraph), paragraph.lines.first?.isTurned == false else { return nil }
        if Self.isLarge(paragraph, bodySize) {
            let rank = sizes.firstIndex { $0 <= paragraph.size + 0.25 } ?? sizes.count
            return min(rank + 1, 4)
        }
        // What is tagged as something else is no heading by weight alone.
        guard paragraph.size >= bodySize * 0.9, paragraph.lines.count <= 2, paragraph.wordCount <= 16 else { return nil }
        let isNumbered = Self.isNumbered(text)
        let isCapitals = Self.isCapitals(text)
        let isBold = paragraph.isBold && !isBodyBold
        guard isBold || isCapitals && (paragraph.isApart || isNumbered) else { return nil }
        if !isNumbered, let end = text.unicodeScalars.last, ".;,:".unicodeScalars.contains(end) { return nil }
        guard hasNext else { return nil }
        return min(sizes.count + 1 + (isNumbered ? max(0, Self.depth(text) - 1) : 0), 5)
    }

    static func key(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.isLetter || $0.isDigit }))
            .lowercased()
    }

    /// A key without the number before the title.
    static func unnumbered(_ key: String) -> String {
        String(String.UnicodeScalarView(key.unicodeScalars.drop { $0.isDigit }))
    }

    /// Whether there are letters enough for a name.
    private static func hasWord(_ text: String) -> Bool { text.unicodeScalars.lazy.filter(\.isLetter).prefix(2).count == 2 }

    private static func isNumbered(_ text: String) -> Bool {
        let head = text.unicodeScalars.prefix { $0 != " " }
        guard let first = head.first, head.count < text.unicodeScalars.count, head.count <= 8 else { return false }
        let isDigits = head.allSatisfy { ("0"..."9").contains($0) || $0 == "." }
        let isRoman = head.last == "." && head.dropLast().allSatisfy { "IVX".unicodeScalars.contains($0) }
        return isDigits && first != "." || isRoman && head.count > 1
    }

    private static func depth(_ text: String) -> Int { text.prefix { $0 != " " }.split(separator: ".").count }

    private static func isCapitals(_ text: String) -> Bool {
        let letters = text.unicodeScalars.filter(\.isLetter)
        return letters.count >= 4 && letters.allSatisfy(\.isCapital) && text.utf8.count <= 90
    }
}
