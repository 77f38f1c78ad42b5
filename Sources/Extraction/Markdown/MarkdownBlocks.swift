/// A one-pass scanner for the blocks of a Markdown source. The source itself is the document's text, so the blocks
/// include the markup: `## `, `- `, the fences.
///
/// Nesting is flattened: a list inside a quote is a quote, a list inside a list is more items. Headings in quotes and on the lines of
/// list markers are part of those. The scanner does not recurse.
///
/// - Source: CommonMark 0.31, the first phase of the appendix, with list items as the only containers.
struct MarkdownBlocks {
    private(set) var title: String?
    private let utf8: [UInt8]
    private let limits: ExtractLimits
    private var blocks: [TextBlock] = []
    private var open: Open?
    /// The columns of the open list items, outermost first. Lines of an item are indented at least to its column.
    private var items: [Int] = []
    /// The row with the names of the columns of the open table.
    private var tableHeader = 0..<0
    /// Whether the last line belongs to the open block.
    private var isAfterOpenBlock = false

    /// Maximum number of nested list items; further markers are text. Each line is compared with all open items.
    private static let itemLimit = 32

    private var isInList: Bool { !items.isEmpty }

    /// Whether the open block is a paragraph, perhaps of an item or a quote, which a line of text continues.
    private var isInParagraph: Bool { open.map { $0.kind == .paragraph || $0.kind == .item || $0.kind == .quote } ?? false }

    /// The block that the next line may continue.
    private struct Open {
        enum Kind: Equatable {
            case paragraph, item, quote, indentedCode, table, html(HTMLBlock)
            /// `column` is that of its marker.
            case fence(marker: UInt8, length: Int, column: Int)
        }
        var kind: Kind
        var range: Range<Int>
        var lines = 1
        /// The last line, and the end of the line before it.
        var lastLine: MarkdownLine
        var earlierEnd: Int
        /// Whether the block is code whose author does not indent it to its list item, so that only a closing fence ends it.
        var isUnindented = false
    }

    init(_ utf8: [UInt8], limits: ExtractLimits) { (self.utf8, self.limits) = (utf8, limits) }

    mutating func scan() throws(ExtractError) -> [TextBlock] {
        var start = 0
        if let matter = FrontMatter(utf8) {
            title = matter.title
            try append(.code, matter.range)
            start = matter.end
        }
        for line in Lines(utf8, start..<utf8.count) {
            try take(MarkdownLine(utf8, line))
        }
        try close()
        return blocks
    }

    /// Takes a line. What continues the open block is decided first, then what the line begins.
    private mutating func take(_ line: MarkdownLine) throws(ExtractError) {
        let depth = line.isBlank ? items.count : items.prefix { line.column >= $0 }.count
        let text = line.inside(margin: depth > 0 ? items[depth - 1] : 0)
        if try !takeLiteral(text, isInItems: depth == items.count) {
            if line.isBlank {
                if let kind = open?.kind, kind != .indentedCode { try close() }
            } else {
                try takeVisible(text, depth)
            }
        }
        isAfterOpenBlock = !line.isBlank
    }

    /// Takes a line of the open code fence or HTML block, which is not parsed.
    ///
    /// - Parameter isInItems: whether the line is indented as all open list items demand. If it is not, they end, and so does the block.
    private mutating func takeLiteral(_ line: MarkdownLine, isInItems: Bool) throws(ExtractError) -> Bool {
        guard let block = open else { return false }
        switch block.kind {
        case .fence(let marker, let length, let column):
            let isFirstLine = block.lines == 1 && isAfterOpenBlock
            if !isInItems, isFirstLine, closesUnindented((marker, length), after: line) { open?.isUnindented = true }
            let closes = line.closes((marker, length)) && line.column < max(column, 0) + 4
            guard isInItems || open?.isUnindented == true || closes else { return false }
            if !line.isBlank { extend(line) }
            if closes { try close() }
            return true
        case .html(let html):
            guard isInItems, !(line.isBlank && html.endsAtBlankLine) else { return false }
            if !line.isBlank { extend(line) }
            if line.ends(html) { try close() }
            return true
        case .paragraph, .item, .quote, .indentedCode, .table: return false
        }
    }

    /// Maximum number of lines of code that are examined for the end of a fence.
    private static let unindentedLines = 200
    /// Number of lines that may still be examined for the ends of all fences of the document.
    private var linesToExamine = 20_000

    /// Returns whether the fence of an item ends below, in a line that is not indented to the item either.
    private mutating func closesUnindented(_ fence: (marker: UInt8, length: Int), after line: MarkdownLine) -> Bool {
        let margin = items.last ?? 0
        for next in Lines(utf8, line.range.lowerBound..<utf8.count).prefix(min(Self.unindentedLines, linesToExamine)) {
            linesToExamine -= 1
            let next = MarkdownLine(utf8, next)
            if next.closes(fence) { return next.column < margin }
        }
        return false
    }

    /// - Parameter depth: the number of open items to which the line is indented.
    private mutating func takeVisible(_ line: MarkdownLine, _ depth: Int) throws(ExtractError) {
        if depth < items.count {
            // A line of text continues the paragraph of an item without being indented.
            if isInParagraph, !begins(line) { return extend(line) }
            try close()
            items.removeLast(items.count - depth)
        }
        if open?.kind == .indentedCode {
            if line.indent >= 4 { return extend(line) }
            try close()
        }
        if line.indent >= 4, open == nil { return begin(.indentedCode, line) }
        if let fence = line.fence, line.indent < 4 {
            try close()
            return begin(.fence(marker: fence.marker, length: fence.length, column: line.column), line)
        }
        if let block = line.htmlBlock, line.indent < 4, !isInParagraph || block.interruptsParagraph {
            try close()
            return try begin(block, line, at: line)
        }
        if try takeHeading(line) { return }
        if line.isThematicBreak {
            try close()
            return try append(.paragraph, line.content..<line.range.upperBound)
        }
        if startsItem(line) {
            try close()
            return try beginItem(line)
        }
        if line.isQuote, open?.kind != .quote {
            try close()
            return begin(.quote, line)
        }
        try takeText(line)
    }

    /// Returns whether the line begins a block, so that it does not continue a paragraph.
    private func begins(_ line: MarkdownLine) -> Bool {
        guard line.indent < 4 else { return false }
        let isHTML = line.htmlBlock.map { $0.interruptsParagraph } ?? false
        return isHTML || line.fence != nil || line.headingLevel != nil || line.isThematicBreak || line.isQuote || startsItem(line)
    }

    private mutating func takeHeading(_ line: MarkdownLine) throws(ExtractError) -> Bool {
        if let level = line.headingLevel {
            try close()
            items = []
            try appendHeading(level, line.content..<line.range.upperBound)
            return true
        }
        // A paragraph of many lines above a line of `=` or `-` is probably not a heading.
        if let level = line.underlineLevel, let paragraph = open, paragraph.kind == .paragraph, paragraph.lines <= 3 {
            open = nil
            try appendHeading(level, paragraph.range.lowerBound..<line.range.upperBound)
            return true
        }
        return false
    }

    private func startsItem(_ line: MarkdownLine) -> Bool {
        guard let marker = line.listMarker, line.indent < 4, items.count < Self.itemLimit else { return false }
        // "The year was\n1984. …" is not a list.
        if case .number(startsAtOne: false) = marker, open?.kind == .paragraph { return false }
        return true
    }

    /// Begins the items whose markers the line has, and the code or HTML that follows them on the line.
    private mutating func beginItem(_ line: MarkdownLine) throws(ExtractError) {
        var marker = line
        while true {
            items.append(marker.itemColumn)
            guard let content = marker.itemContent else {
                // An empty item has no paragraph that the next line could continue.
                begin(.item, line)
                return try close()
            }
            if content.indent >= 4 { return begin(.indentedCode, line) }
            if let fence = content.fence {
                return begin(.fence(marker: fence.marker, length: fence.length, column: content.column), line)
            }
            if let block = content.htmlBlock { return try begin(block, line, at: content) }
            guard startsItem(content), !content.isThematicBreak else { return begin(.item, line) }
            marker = content
        }
    }

    /// Begins an HTML block with a line, and ends it if its end is there.
    private mutating func begin(_ block: HTMLBlock, _ line: MarkdownLine, at content: MarkdownLine) throws(ExtractError) {
        begin(.html(block), line)
        if content.ends(block) { try close() }
    }

    private mutating func takeText(_ line: MarkdownLine) throws(ExtractError) {
        if line.isTableDelimiter, try beginTable(line) { return }
        switch open?.kind {
        case .table:
            try close()
            begin(.table, line)
        case nil:
            begin(isInList ? .item : .paragraph, line)
        default: extend(line)
        }
    }

    /// Begins a table if the delimiter row has as many cells as the line above it. Lines before that one are a paragraph.
    private mutating func beginTable(_ delimiters: MarkdownLine) throws(ExtractError) -> Bool {
        guard let paragraph = open, paragraph.kind == .paragraph || paragraph.kind == .item else { return false }
        let header = paragraph.lastLine
        guard header.hasPipe, header.cellCount == delimiters.cellCount else { return false }
        if paragraph.lines > 1 {
            open?.range = paragraph.range.lowerBound..<paragraph.earlierEnd
            try close()
            begin(.table, header)
        }
        open?.kind = .table
        tableHeader = open?.range ?? 0..<0
        extend(delimiters)
        return true
    }

    private mutating func begin(_ kind: Open.Kind, _ line: MarkdownLine) {
        let start = kind == .indentedCode ? line.range.lowerBound : line.content
        open = Open(kind: kind, range: start..<line.range.upperBound, lastLine: line, earlierEnd: start)
    }

    private mutating func extend(_ line: MarkdownLine) {
        guard let block = open else { return }
        open?.range = block.range.lowerBound..<line.range.upperBound
        open?.lines += 1
        open?.lastLine = line
        open?.earlierEnd = block.range.upperBound
    }

    private mutating func close() throws(ExtractError) {
        guard let block = open else { return }
        open = nil
        let kind: TextBlock.Kind =
            switch block.kind {
            case .paragraph: .paragraph
            case .item: .listItem
            case .quote: .quote
            case .table: .tableRow
            case .indentedCode, .fence: .code
            case .html: .paragraph
            }
        let isLaterRow = block.kind == .table && block.range.lowerBound != tableHeader.lowerBound
        try append(kind, block.range, header: isLaterRow ? tableHeader : nil)
    }

    private mutating func appendHeading(_ level: Int, _ range: Range<Int>) throws(ExtractError) {
        if level == 1, title == nil {
            let plain = MarkdownInline.plainText(ofHeading: utf8[range], maxScalars: 300)
            title = plain.isEmpty ? nil : plain
        }
        try append(.heading(level: level), range)
    }

    private mutating func append(_ kind: TextBlock.Kind, _ range: Range<Int>, header: Range<Int>? = nil) throws(ExtractError) {
        guard blocks.count < limits.maxBlocks else {
            throw ExtractError(.tooLarge, "the document has more than \(limits.maxBlocks) blocks")
        }
        blocks.append(TextBlock(kind: kind, range: range, header: header))
    }
}
