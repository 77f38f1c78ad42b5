/// Lines that belong together, and what kind of block they are.
struct Paragraph {
    enum Kind: Equatable {
        case text
        case heading(Int)
        case listItem(marker: String)
        case footnote
    }

    var kind: Kind = .text
    var lines: [TextLine]
    /// Whether the space above is wider than between lines.
    var isApart = false

    var size: Float { lines.map(\.size).max() ?? 0 }
    var isBold: Bool { lines.allSatisfy(\.isBold) }
    var wordCount: Int { lines.reduce(0) { $0 + $1.wordCount } }
}

/// Joins the lines of a column into paragraphs.
struct ParagraphFinder {
    let lines: [TextLine]
    private let tags: [Int32: ContentTag]
    private let left: Float
    private let right: Float
    private let leading: Float

    init(_ lines: [TextLine], tags: [Int32: ContentTag]) {
        (self.lines, self.tags) = (lines, tags)
        left = lines.map(\.box.u0).min() ?? 0
        right = lines.map(\.box.u1).max() ?? 0
        let gaps = zip(lines, lines.dropFirst()).map { $0.box.v0 - $1.box.v0 }.filter { $0 > 0 }.sorted()
        leading = gaps.isEmpty ? 0 : gaps[gaps.count / 2]
    }

    func paragraphs() -> [Paragraph] {
        var result: [Paragraph] = []
        for (index, line) in lines.enumerated() {
            guard index > 0, var last = result.last else {
                result.append(Paragraph(lines: [line], isApart: true))
                continue
            }
            if starts(line, after: lines[index - 1], in: last) {
                let gap = lines[index - 1].box.v0 - line.box.v0
                result.append(Paragraph(lines: [line], isApart: gap > min(leading * 1.25, line.size * 2)))
            } else {
                last.lines.append(line)
                result[result.count - 1] = last
            }
        }
        return result
    }

    private func starts(_ line: TextLine, after last: TextLine, in paragraph: Paragraph) -> Bool {
        let gap = last.box.v0 - line.box.v0
        let size = max(line.size, last.size)
        if gap > max(leading, size) * 1.35 || gap < -size { return true }
        if min(line.size, last.size) < size * 0.88 { return true }
        if line.isBold != last.isBold, line.wordCount > 1 || last.wordCount > 1 { return line.isBold || paragraph.isBold }
        let (tag, lastTag) = (tags[line.content], tags[last.content])
        if tag != lastTag, tag?.isHeading == true || lastTag?.isHeading == true { return true }
        if ListMarker(line.text) != nil { return true }
        if hasRoom(for: line, after: last) { return true }
        return indents(line, after: last, in: paragraph, size: size)
    }

    /// Whether the first word of the line would have stood on the line before, so that the break was wanted.
    private func hasRoom(for line: TextLine, after last: TextLine) -> Bool {
        let length = max(1, line.text.unicodeScalars.count)
        let first = line.text.unicodeScalars.prefix { $0 != " " }.count
        let isIdeographic = line.text.unicodeScalars.first.map { VerticalWriting.isIdeographic($0.value) } ?? false
        let width = isIdeographic ? line.size * 2 : line.box.width * Float(first) / Float(length)
        let slack = (right - left) * 0.02 + line.size * 0.5
        let room = line.isRightToLeft ? last.box.u0 - left : right - last.box.u1
        let isWide = right - left > line.size * 12
        return isWide && room > width + slack + (Self.ends(last.text) ? 0 : max(line.size * 3, (right - left) * 0.12))
    }

    private func indents(_ line: TextLine, after last: TextLine, in paragraph: Paragraph, size: Float) -> Bool {
        guard !line.isRightToLeft else { return false }
        let step = line.box.u0 - last.box.u0
        if step > size * 0.7 { return paragraph.lines.count > 1 || Self.ends(last.text) }
        return step < -size * 0.7 && paragraph.lines.count > 1 && Self.ends(last.text)
    }

    /// Whether the text ends as a sentence does.
    static func ends(_ text: String) -> Bool {
        for scalar in text.unicodeScalars.reversed() {
            switch scalar {
            case "\"", "'", "”", "’", ")", "]", "»", " ": continue
            case ".", "!", "?", ":", "。", "！", "？", "…", "۔", "؟": return true
            default: return false
            }
        }
        return false
    }
}
