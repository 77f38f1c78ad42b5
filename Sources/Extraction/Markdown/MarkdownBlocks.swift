/// A one-pass scanner for the blocks of a Markdown source. The source itself is the document's text, so the blocks
/// include the markup: `## `, `- `, the fences.
///
/// Nesting is flattened: a list inside a quote is a quote, a list inside a list is more items. The scanner does not recurse.
struct MarkdownBlocks {
    private(set) var title: String?
    private let utf8: [UInt8]
    private let limits: ExtractLimits
    private var blocks: [TextBlock] = []
    private var open: Open?
    private var isInList = false
    /// The row with the names of the columns of the open table.
    private var tableHeader = 0..<0
    private var afterBlankLine = false

    /// The block that the next line may continue.
    private struct Open {
        enum Kind: Equatable {
            case paragraph, item, quote, indentedCode, table, html(HTMLBlock)
            /// `column` is that of the list item that begins with the fence, 0 outside of one. The fence ends with its item.
            case fence(marker: UInt8, length: Int, column: Int)
        }
        var kind: Kind
        var range: Range<Int>
        var lines = 1
        /// Whether the paragraph is one line with a `|`, so that a delimiter row below it starts a table.
        var mayHeadTable = false
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

    private mutating func take(_ line: MarkdownLine) throws(ExtractError) {
        if case .fence(let marker, let length, let column) = open?.kind, try !leavesItem(line, column: column) {
            if !line.isBlank { extend(line) }
            if line.closes((marker, length)) { try close() }
        } else if case .html(let block) = open?.kind, !(line.isBlank && block.endsAtBlankLine) {
            if !line.isBlank { extend(line) }
            if line.ends(block) { try close() }
        } else if line.isBlank {
            if let kind = open?.kind, kind != .indentedCode { try close() }
            afterBlankLine = true
        } else {
            try takeVisible(line)
            afterBlankLine = false
        }
    }

    /// Closes the fence of a list item if the line is indented less than the item. Where the first line of code is not indented either, the
    /// author does not indent, and only the closing fence ends the code.
    private mutating func leavesItem(_ line: MarkdownLine, column: Int) throws(ExtractError) -> Bool {
        guard column > 0, line.indent < column, !line.isBlank, let fence = open else { return false }
        if fence.lines == 1, case .fence(let marker, let length, _) = fence.kind {
            open?.kind = .fence(marker: marker, length: length, column: 0)
            return false
        }
        guard case .fence(let marker, let length, _) = fence.kind, !line.closes((marker, length)) else { return false }
        try close()
        return true
    }

    private mutating func takeVisible(_ line: MarkdownLine) throws(ExtractError) {
        if open?.kind == .indentedCode {
            if line.indent >= 4 { return extend(line) }
            try close()
        }
        if isInList, afterBlankLine, line.indent < 2, line.listMarker == nil { isInList = false }
        if line.indent >= 4, !isInList, open == nil { return begin(.indentedCode, line) }
        if let fence = line.fence, line.indent < 4 || isInList {
            try close()
            return begin(.fence(marker: fence.marker, length: fence.length, column: 0), line)
        }
        if let block = line.htmlBlock, line.indent < 4 || isInList, open?.kind != .paragraph || block.interruptsParagraph {
            try close()
            return try begin(block, line, at: line)
        }
        if try takeHeading(line) { return }
        if line.isThematicBreak {
            try close()
            isInList = false
            return try append(.paragraph, line.content..<line.range.upperBound)
        }
        if startsItem(line) {
            try close()
            isInList = true
            return try beginItem(line)
        }
        if line.isQuote, open?.kind != .quote {
            try close()
            return begin(.quote, line)
        }
        try takeText(line)
    }

    private mutating func takeHeading(_ line: MarkdownLine) throws(ExtractError) -> Bool {
        if let level = line.headingLevel {
            try close()
            isInList = false
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
        guard let marker = line.listMarker, line.indent < 4 || isInList else { return false }
        // "The year was\n1984. …" is not a list.
        if case .number(startsAtOne: false) = marker, open?.kind == .paragraph { return false }
        return true
    }

    /// Begins an item, or the code or HTML that its first line begins.
    private mutating func beginItem(_ line: MarkdownLine) throws(ExtractError) {
        guard let content = line.itemContent else { return begin(.item, line) }
        if let fence = content.fence {
            begin(.fence(marker: fence.marker, length: fence.length, column: content.indent), line)
        } else if let block = content.htmlBlock {
            try begin(block, line, at: content)
        } else {
            begin(.item, line)
        }
    }

    /// Begins an HTML block with a line, and ends it if its end is there.
    private mutating func begin(_ block: HTMLBlock, _ line: MarkdownLine, at content: MarkdownLine) throws(ExtractError) {
        begin(.html(block), line)
        if content.ends(block) { try close() }
    }

    private mutating func takeText(_ line: MarkdownLine) throws(ExtractError) {
        if open?.kind == .paragraph, open?.mayHeadTable == true, line.isTableDelimiter {
            open?.kind = .table
            tableHeader = open?.range ?? 0..<0
            return extend(line)
        }
        switch open?.kind {
        case .table:
            try close()
            begin(.table, line)
        case nil:
            begin(isInList ? .item : .paragraph, line)
        default: extend(line)
        }
    }

    private mutating func begin(_ kind: Open.Kind, _ line: MarkdownLine) {
        let start = kind == .indentedCode ? line.range.lowerBound : line.content
        open = Open(kind: kind, range: start..<line.range.upperBound)
        open?.mayHeadTable = kind == .paragraph && line.hasPipe
    }

    private mutating func extend(_ line: MarkdownLine) {
        guard let block = open else { return }
        open?.range = block.range.lowerBound..<line.range.upperBound
        open?.lines += 1
        open?.mayHeadTable = false
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
