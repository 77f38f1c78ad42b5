/// A builder of an extracted document from headings, paragraphs, lists and tables, in reading order.
///
/// An empty line separates blocks; a newline separates list items of one list and rows of one table. White space is collapsed to single
/// spaces, except in code. ` | ` separates the cells of a row, and a bar inside a cell is written as `¦`.
///
/// After a limit is exceeded, calls add nothing and `document` throws; `isFull` lets a reader stop early.
public struct DocumentBuilder {
    private let limits: ExtractLimits
    private var text: [UInt8] = []
    private var blocks: [TextBlock] = []
    private var parts: [DocumentPart] = []
    private var open: (kind: DocumentPart.Kind, number: Int, label: String?, start: Int)?
    private var counts: [DocumentPart.Kind: Int] = [:]
    private var failure: ExtractError?
    private var isInList = false
    private var tableHeader: Range<Int>?
    private var isInTable = false

    public init(limits: ExtractLimits) { self.limits = limits }

    public var isFull: Bool { failure != nil }

    /// The number of bytes written so far.
    public var count: Int { text.count }

    // MARK: Parts

    /// Ends the open part, if any, and begins the next one of this kind. Parts do not nest.
    public mutating func beginPart(_ kind: DocumentPart.Kind, label: String? = nil) {
        endPart()
        counts[kind, default: 0] += 1
        let label = label.map { OneLine.text(Array($0.utf8), maxScalars: 200) }
        open = (kind, counts[kind, default: 1], label?.isEmpty == true ? nil : label, text.count)
    }

    public mutating func endPart() {
        guard let part = open else { return }
        // The blank line before the part's first block belongs to no part.
        let start = White.trim(text, part.start..<text.count).lowerBound
        parts.append(DocumentPart(kind: part.kind, number: part.number, label: part.label, range: start..<max(start, text.count)))
        open = nil
        isInList = false
    }

    /// Forgets the parts so far, for a reader that finds out late that they are not what they seemed. Their text stays.
    public mutating func removeParts() {
        (parts, counts, open) = ([], [:], nil)
    }

    // MARK: Blocks

    /// - Parameter level: the level of the heading, clamped to `1...6`.
    public mutating func heading(_ heading: String, level: Int) {
        add(.heading(level: min(max(level, 1), 6)), Self.collapsed(heading))
    }

    public mutating func paragraph(_ paragraph: String) { add(.paragraph, Self.collapsed(paragraph)) }

    /// Appends text to the last block after a space. If a part was begun since, the block goes on in it.
    public mutating func continueBlock(_ more: String) {
        let bytes = Self.collapsed(more)
        guard let last = blocks.last, !bytes.isEmpty, fits(bytes: bytes.count, blocks: 0) else { return }
        text += [Ascii.space] + bytes
        blocks[blocks.count - 1] = TextBlock(kind: last.kind, range: last.range.lowerBound..<text.count, header: last.header)
    }

    public mutating func quote(_ quote: String) { add(.quote, Self.collapsed(quote)) }

    /// Writes a paragraph or a quotation whose lines are kept; white space within a line is collapsed.
    ///
    /// - Parameter isQuote: whether the lines are a quotation.
    public mutating func lines(_ lines: String, isQuote: Bool = false) {
        var text: [UInt8] = []
        for line in lines.utf8.split(separator: Ascii.newline) {
            let line = Self.collapsed(String(decoding: line, as: UTF8.self))
            if !line.isEmpty { text += (text.isEmpty ? [] : [Ascii.newline]) + line }
        }
        add(isQuote ? .quote : .paragraph, text)
    }

    /// - Parameter marker: the bullet or number as shown, such as `•` or `2.`
    public mutating func listItem(_ item: String, marker: String = "•") {
        let item = Self.collapsed(item)
        guard !item.isEmpty else { return }
        add(.listItem, Self.collapsed(marker) + [Ascii.space] + item, joins: isInList)
        isInList = true
    }

    /// - Parameter code: lines whose white space is kept.
    public mutating func code(_ code: String) {
        let lines = Array(code.utf8.filter { $0 != 0 && $0 != Ascii.carriageReturn })
        add(.code, Array(lines[White.trim(lines, 0..<lines.count)]))
    }

    /// Writes a table, one line for each row that is not blank.
    ///
    /// - Parameters:
    ///   - rows: the cells, in order. Rows may differ in length.
    ///   - headerRows: how many of the first rows name the columns. The last of them is the header of all rows after it.
    ///   - caption: a paragraph before the table.
    public mutating func table(_ rows: [[String]], headerRows: Int, caption: String? = nil) {
        if let caption { paragraph(caption) }
        var header: Range<Int>?
        var isFirst = true
        for (number, cells) in rows.enumerated() {
            guard !isFull else { return }
            let line = Self.row(cells)
            guard !line.isEmpty else { continue }
            add(.tableRow, line, joins: !isFirst, header: number < headerRows ? nil : header)
            if number < headerRows { header = blocks.last?.range }
            isFirst = false
        }
    }

    /// Begins a table whose rows arrive one by one.
    public mutating func beginTable() { (tableHeader, isInTable) = (nil, false) }

    /// Writes a row of the table that `beginTable` began, unless it is blank. The last header row names the columns of all rows after it.
    public mutating func tableRow(_ cells: [String], isHeader: Bool = false) {
        let line = Self.row(cells)
        guard !line.isEmpty, !isFull else { return }
        add(.tableRow, line, joins: isInTable, header: isHeader ? nil : tableHeader)
        if isHeader { tableHeader = blocks.last?.range }
        isInTable = true
    }

    /// Appends another document, such as an attachment, with its blocks and without its parts.
    public mutating func append(_ document: ExtractedDocument) {
        guard failure == nil else { return }
        let addition = Array(document.text.utf8)
        guard fits(bytes: addition.count, blocks: document.blocks.count) else { return }
        separate(joins: false)
        let start = text.count
        text += addition
        func moved(_ range: Range<Int>) -> Range<Int> { range.lowerBound + start..<range.upperBound + start }
        blocks += document.blocks.map { TextBlock(kind: $0.kind, range: moved($0.range), header: $0.header.map(moved)) }
        isInList = false
    }

    // MARK: Result

    /// - Parameter title: the document's own title; if `nil` or blank, its first level-1 heading.
    /// - Throws: `.tooLarge` if a limit was exceeded, `.empty` if there is no text.
    public consuming func document(title: String?, mediaType: MediaType) throws(ExtractError) -> ExtractedDocument {
        endPart()
        if let failure { throw failure }
        guard !White.isBlank(text[...]) else { throw ExtractError(.empty, "the document has no text") }
        let own = OneLine.text(Array((title ?? "").utf8), maxScalars: 300)
        return ExtractedDocument(
            title: own.isEmpty ? firstHeading : own, text: String(decoding: text, as: UTF8.self), blocks: blocks, mediaType: mediaType,
            parts: parts)
    }

    private var firstHeading: String? {
        guard let first = blocks.first(where: { $0.kind == .heading(level: 1) }) else { return nil }
        let title = OneLine.text(Array(text[first.range]), maxScalars: 300)
        return title.isEmpty ? nil : title
    }

    private mutating func add(_ kind: TextBlock.Kind, _ bytes: [UInt8], joins: Bool = false, header: Range<Int>? = nil) {
        guard !White.isBlank(bytes[...]), fits(bytes: bytes.count, blocks: 1) else { return }
        separate(joins: joins)
        let start = text.count
        text += bytes
        blocks.append(TextBlock(kind: kind, range: start..<text.count, header: header))
        (isInList, isInTable) = (false, false)
    }

    private mutating func separate(joins: Bool) {
        guard !text.isEmpty else { return }
        text += joins ? [Ascii.newline] : [Ascii.newline, Ascii.newline]
    }

    private mutating func fits(bytes: Int, blocks more: Int) -> Bool {
        guard failure == nil else { return false }
        if text.count + bytes + 2 > limits.maxTextBytes {
            failure = ExtractError(.tooLarge, "the document has more than \(limits.maxTextBytes) bytes of text")
        } else if blocks.count + more > limits.maxBlocks {
            failure = ExtractError(.tooLarge, "the document has more than \(limits.maxBlocks) blocks")
        }
        return failure == nil
    }

    private static func row(_ cells: [String]) -> [UInt8] {
        var line: [UInt8] = []
        var hasText = false
        for (number, cell) in cells.enumerated() {
            if number > 0 { line += [Ascii.space, Ascii.pipe, Ascii.space] }
            if cell.utf8.allSatisfy({ $0 > Ascii.space && $0 < Ascii.pipe }) {
                // Most cells are numbers or single words: nothing in them has to be replaced.
                if !cell.isEmpty { hasText = true }
                line += cell.utf8
                continue
            }
            let cell = collapsed(cell)
            if !cell.isEmpty { hasText = true }
            for byte in cell { if byte == Ascii.pipe { line += [0xC2, 0xA6] } else { line.append(byte) } }
        }
        return hasText ? Array(line[White.trim(line, 0..<line.count)]) : []
    }

    /// Returns the text with each run of white space and controls as one space, and none at the ends.
    private static func collapsed(_ text: String) -> [UInt8] {
        let utf8 = Array(text.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(utf8.count)
        var needsSpace = false
        var i = 0
        while i < utf8.count {
            let white = utf8[i] < 0x20 || utf8[i] == 0x7F ? 1 : White.length(utf8, at: i)
            if white > 0 {
                needsSpace = !result.isEmpty
                i += white
                continue
            }
            if needsSpace { result.append(Ascii.space) }
            needsSpace = false
            result.append(utf8[i])
            i += 1
        }
        return result
    }
}
