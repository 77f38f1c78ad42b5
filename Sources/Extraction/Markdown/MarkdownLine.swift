/// A single line of Markdown, and the constructs that it could begin, without regard to its context.
///
/// - Source: CommonMark 0.31, sections 4 and 5; tables after GitHub Flavored Markdown 0.29, section 4.10.
struct MarkdownLine {
    /// The range of the line without trailing white space.
    let range: Range<Int>
    /// The offset of the first byte that is not a space or tab.
    let content: Int
    /// Number of columns before `content`; a tab advances to the next multiple of four.
    let column: Int
    /// Number of columns between the margin and `content`; negative if the line begins before the margin.
    private(set) var indent: Int
    private let utf8: [UInt8]

    /// - Parameter column: the column of the line's first byte: not 0 for the rest of a line after a list marker.
    init(_ utf8: [UInt8], _ line: Range<Int>, column: Int = 0) {
        self.utf8 = utf8
        var (start, columns) = (line.lowerBound, column)
        while start < line.upperBound, Ascii.isBlank(utf8[start]) {
            columns += utf8[start] == Ascii.tab ? 4 - columns % 4 : 1
            start += 1
        }
        let trimmed = White.trim(utf8, start..<line.upperBound)
        range = line.lowerBound..<trimmed.upperBound
        (content, self.column, indent) = (start, columns, columns)
        isBlank = trimmed.isEmpty
    }

    /// Returns the line as part of a list item whose text begins at the column `margin`.
    func inside(margin: Int) -> MarkdownLine {
        var line = self
        line.indent = column - margin
        return line
    }

    let isBlank: Bool

    private var body: Range<Int> { content..<max(content, range.upperBound) }

    private func run(of byte: UInt8, from start: Int) -> Int {
        var i = start
        while i < range.upperBound, utf8[i] == byte { i += 1 }
        return i - start
    }

    /// The level of a `# heading`, 1 to 6.
    var headingLevel: Int? {
        let hashes = run(of: Ascii.hash, from: content)
        guard (1...6).contains(hashes), indent < 4 else { return nil }
        let next = content + hashes
        return next >= range.upperBound || Ascii.isBlank(utf8[next]) ? hashes : nil
    }

    /// The level of a heading underline: 1 for a line of `=`, 2 for a line of `-`. The paragraph above it becomes a heading.
    var underlineLevel: Int? {
        guard indent < 4, !isBlank, let first = utf8[body].first else { return nil }
        guard first == Ascii.equals || first == Ascii.hyphen, run(of: first, from: content) == body.count else {
            return nil
        }
        return first == Ascii.equals ? 1 : 2
    }

    /// The marker and length of a code fence.
    var fence: (marker: UInt8, length: Int)? {
        guard !isBlank, let marker = utf8[body].first, marker == Ascii.backtick || marker == Ascii.tilde else {
            return nil
        }
        let length = run(of: marker, from: content)
        let info = (content + length)..<max(content + length, range.upperBound)
        guard length >= 3, marker == Ascii.tilde || !utf8[info].contains(Ascii.backtick) else { return nil }
        return (marker, length)
    }

    func closes(_ fence: (marker: UInt8, length: Int)) -> Bool {
        let length = run(of: fence.marker, from: content)
        return length >= fence.length && length == body.count
    }

    /// Whether the line is a thematic break: `***`, `- - -`, `___`.
    var isThematicBreak: Bool {
        guard indent < 4, !isBlank, let first = utf8[body].first else { return false }
        guard first == Ascii.asterisk || first == Ascii.hyphen || first == Ascii.underscore else { return false }
        var count = 0
        for byte in utf8[body] {
            if byte == first { count += 1 } else if !Ascii.isBlank(byte) { return false }
        }
        return count >= 3
    }

    enum ListMarker { case bullet, number(startsAtOne: Bool) }

    var listMarker: ListMarker? {
        guard !isBlank, let first = utf8[body].first else { return nil }
        if first == Ascii.hyphen || first == Ascii.asterisk || first == Ascii.plus {
            return endsMarker(at: content + 1) ? .bullet : nil
        }
        let digits = utf8[body].prefix(10).prefix(while: Ascii.isDigit).count
        let mark = content + digits
        guard (1...9).contains(digits), mark < range.upperBound else { return nil }
        guard utf8[mark] == Ascii.period || utf8[mark] == UInt8(ascii: ")"), endsMarker(at: mark + 1) else { return nil }
        return .number(startsAtOne: digits == 1 && first == UInt8(ascii: "1"))
    }

    /// The text of the item that the line begins; `nil` if there is none on the line. Its indent is that of code if it is code.
    ///
    /// - Source: CommonMark 0.31, section 5.2.
    var itemContent: MarkdownLine? {
        guard let end = markerEnd, end < range.upperBound else { return nil }
        let afterMarker = column + end - content
        let text = MarkdownLine(utf8, end..<range.upperBound, column: afterMarker)
        // Five spaces are one after the marker, and four that indent code.
        return text.inside(margin: text.column - afterMarker > 4 ? afterMarker + 1 : text.column)
    }

    /// The column at which the text of the item that the line begins is indented.
    var itemColumn: Int {
        guard let end = markerEnd else { return column + (body.count + 1) }
        return itemContent.map { $0.column - $0.indent } ?? column + end - content + 1
    }

    private var markerEnd: Int? { utf8[body].firstIndex(where: Ascii.isBlank) }

    private func endsMarker(at i: Int) -> Bool { i >= range.upperBound || Ascii.isBlank(utf8[i]) }

    var isQuote: Bool { indent < 4 && !isBlank && utf8[content] == Ascii.greater }

    /// The HTML block that begins with the line; `nil` if none does.
    var htmlBlock: HTMLBlock? { isBlank ? nil : HTMLBlock(utf8[body]) }

    func ends(_ block: HTMLBlock) -> Bool { block.ends(utf8[body]) }

    var hasPipe: Bool { utf8[body].contains(Ascii.pipe) }

    /// Number of cells of the line as a row of a table. A bar after a backslash is text.
    var cellCount: Int {
        var bars = 0
        var isEscaped = false
        for byte in utf8[body] {
            if byte == Ascii.pipe, !isEscaped { bars += 1 }
            isEscaped = byte == Ascii.backslash && !isEscaped
        }
        let hasFirst = utf8[body].first == Ascii.pipe
        let hasLast = body.count > 1 && utf8[body].last == Ascii.pipe && utf8[body].dropLast().last != Ascii.backslash
        return bars + 1 - (hasFirst ? 1 : 0) - (hasLast ? 1 : 0)
    }

    /// Whether the line is a table's delimiter row, `| --- | :-: |`, which follows the first row.
    var isTableDelimiter: Bool {
        var dashes = false
        for byte in utf8[body] {
            switch byte {
            case Ascii.hyphen: dashes = true
            case Ascii.pipe, Ascii.colon, Ascii.space, Ascii.tab: continue
            default: return false
            }
        }
        return dashes && hasPipe
    }
}
