/// A builder of text and blocks from parser events.
///
/// An empty line separates blocks; a newline separates list items and table rows. White space is collapsed except in
/// `pre`. Each item gets its bullet or number; ` | ` separates the cells of a row.
final class HTMLTextBuilder {
    struct Attributes {
        var mark: HTMLMark?
        var alt: [UInt8] = []
        var numbers: HTMLNumbers?
    }

    /// The error for the first limit exceeded, after which events are ignored.
    private(set) var failure: ExtractError?

    private let limits: ExtractLimits
    private let dropsBoilerplate: Bool
    private var elements: [Element] = []
    private var text: [UInt8] = []
    private var blocks: [TextBlock] = []
    private var title: [UInt8] = []
    private var firstHeading: [UInt8]?

    /// The block being written.
    private var block: [UInt8] = []
    private var blockKind: TextBlock.Kind = .paragraph
    private var bullet: [UInt8] = []
    private var needsSpace = false

    // The number of open elements of each kind.
    private var unseen = 0
    private var contentRegions = 0
    private var headers = 0
    private var preformatted = 0
    private var cells = 0
    private var tableHeads = 0
    private var titles = 0
    /// The indexes of open lists in `elements`, which avoid a search through all open elements for each item.
    private var lists: [Int] = []
    private var rows: [Row] = []
    private var tables: [Table] = []
    /// Number of bytes that repeated cells may still take.
    private var spanBytes = 1 << 20
    /// The block kinds that the open elements set; the innermost one applies.
    private var kinds: [TextBlock.Kind] = []

    private struct Row {
        var cells = 0
        /// Whether a cell has data, as opposed to the name of a column.
        var hasData = false
    }

    private struct Table {
        var spans = TableSpans()
        /// The number of blocks before it.
        let start: Int
        /// The row with the names of the columns: the last one before the first row with data.
        var header: Range<Int>?
        var hasData = false
    }

    private struct Element {
        let name: String
        var isUnseen = false
        var isContentRegion = false
        var isHeader = false
        var setsKind = false
        /// For a list: the number of its next item, `nil` if it is not numbered. For a cell: its columns and rows.
        var numbers: HTMLNumbers?
        /// For a cell: the number of blocks before it, and the length of the open one.
        var start = (blocks: 0, length: 0)
    }

    init(limits: ExtractLimits, dropsBoilerplate: Bool) {
        (self.limits, self.dropsBoilerplate) = (limits, dropsBoilerplate)
    }

    func document() -> ExtractedDocument {
        endBlock()
        let ownTitle = OneLine.text(title, maxScalars: 300)
        let heading = OneLine.text(firstHeading ?? [], maxScalars: 300)
        let best = ownTitle.isEmpty ? heading : ownTitle
        return ExtractedDocument(
            title: best.isEmpty ? nil : best, text: String(decoding: text, as: UTF8.self), blocks: blocks,
            mediaType: .html)
    }

    // MARK: Elements

    func start(_ name: String, _ attributes: Attributes) {
        guard failure == nil else { return }
        guard elements.count < limits.maxDepth else {
            failure = ExtractError(.malformed, "block elements are nested deeper than \(limits.maxDepth) levels")
            return
        }
        var element = Element(name: name)
        classify(&element, attributes.mark)
        if element.isUnseen { unseen += 1 }
        if element.isContentRegion { contentRegions += 1 }
        if element.isHeader { headers += 1 }
        if unseen == 0 { begin(&element, attributes) }
        elements.append(element)
    }

    private func classify(_ element: inout Element, _ mark: HTMLMark?) {
        switch mark {
        case .hidden: element.isUnseen = true
        case .main, .article: element.isContentRegion = true
        case .boilerplate: element.isUnseen = dropsBoilerplate
        // The header of an article contains its title, so only headers outside of content regions are dropped.
        case .header where dropsBoilerplate && contentRegions == 0: element.isUnseen = true
        case .header: element.isHeader = true
        case nil: break
        }
        // A list in a header is a menu, such as languages, sections or share links.
        if dropsBoilerplate, headers > 0, element.name == "ul" || element.name == "ol" { element.isUnseen = true }
    }

    private func begin(_ element: inout Element, _ attributes: Attributes) {
        switch element.name {
        case "h1", "h2", "h3", "h4", "h5", "h6": beginBlock(.heading(level: Int(element.name.utf8.last ?? 0x31) - 0x30), &element)
        case "ul", "ol":
            endBlock()
            lists.append(elements.count)
            element.numbers = element.name == "ol" ? attributes.numbers ?? HTMLNumbers(first: 1, second: 1) : nil
        case "li": beginItem(&element, number: attributes.numbers?.first)
        case "dd": beginBlock(.listItem, &element)
        case "blockquote": beginBlock(.quote, &element)
        case "pre":
            beginBlock(.code, &element)
            preformatted += 1
        case "tr":
            beginBlock(.tableRow, &element)
            rows.append(Row())
        case "thead", "tbody", "tfoot":
            if element.name == "thead" { tableHeads += 1 }
            softBreak()
            endSpans()
        case "td", "th": beginCell(&element, attributes.numbers)
        case "br": breakLine()
        case "img":
            needsSpace = true
            append(attributes.alt[...])
            needsSpace = true
        case "title": titles += 1
        case "span": break
        case "table":
            endBlock()
            tables.append(Table(start: blocks.count))
        case "hr", "dl", "caption": endBlock()
        default: softBreak()
        }
    }

    func end(_ name: String) {
        guard failure == nil, elements.last?.name == name, let element = elements.popLast() else { return }
        if unseen == 0 { finish(element) }
        if element.isUnseen { unseen -= 1 }
        if element.isContentRegion { contentRegions -= 1 }
        if element.isHeader { headers -= 1 }
    }

    private func finish(_ element: Element) {
        switch element.name {
        case "h1", "h2", "h3", "h4", "h5", "h6", "li", "dd", "dt", "blockquote", "caption": endBlock()
        case "table":
            endTable()
        case "tr": endRow()
        case "ul", "ol":
            endBlock()
            lists.removeLast()
            bullet = []
        case "pre":
            endBlock()
            preformatted -= 1
        case "td", "th": endCell(element)
        case "title": titles -= 1
        case "br", "img", "hr", "span": break
        case "thead", "tbody", "tfoot":
            if element.name == "thead" { tableHeads -= 1 }
            endSpans()
        default: softBreak()
        }
        if element.setsKind { kinds.removeLast() }
    }

    private func beginBlock(_ kind: TextBlock.Kind, _ element: inout Element) {
        endBlock()
        kinds.append(kind)
        element.setsKind = true
    }

    private func beginItem(_ element: inout Element, number: Int?) {
        beginBlock(.listItem, &element)
        let indent = [UInt8](repeating: Ascii.space, count: 2 * max(0, min(lists.count, 8) - 1))
        bullet = indent + Array("\(marker(number)) ".utf8)
    }

    /// Returns the marker of the next item, and counts it. An item's own number continues in those after it.
    private func marker(_ number: Int?) -> String {
        guard let list = lists.last, let numbers = elements[list].numbers else { return "-" }
        let number = number ?? numbers.first
        elements[list].numbers?.first = number + numbers.second
        return "\(HTMLNumbers.text(number, numbers.style))."
    }

    private func beginCell(_ element: inout Element, _ span: HTMLNumbers?) {
        cells += 1
        guard !rows.isEmpty else { return softBreak() }
        if element.name == "td", tableHeads == 0 { rows[rows.count - 1].hasData = true }
        if !tables.isEmpty { appendCells(tables[tables.count - 1].spans.beginCell()) }
        separateCell()
        (element.numbers, element.start) = (span, (blocks.count, block.count))
    }

    /// Ends the cells that span rows: none reaches into another group of rows.
    private func endSpans() {
        if !tables.isEmpty { tables[tables.count - 1].spans = TableSpans() }
    }

    private func endCell(_ cell: Element) {
        cells -= 1
        guard !rows.isEmpty, !tables.isEmpty else { return }
        // The text of a cell with blocks of its own is not repeated.
        let isOneBlock = cell.start.blocks == blocks.count && cell.start.length <= block.count
        let text = isOneBlock ? block[White.trim(block, cell.start.length..<block.count)] : []
        appendCells(tables[tables.count - 1].spans.endCell(text, cell.numbers))
    }

    private func endRow() {
        if !tables.isEmpty {
            let rest = tables[tables.count - 1].spans.endRow()
            if let row = rows.last, row.cells > 0 { appendCells(rest) }
        }
        let count = blocks.count
        endBlock()
        guard let row = rows.popLast(), !tables.isEmpty, blocks.count > count else { return }
        if row.hasData { tables[tables.count - 1].hasData = true }
        if !tables[tables.count - 1].hasData { tables[tables.count - 1].header = blocks[count].range }
    }

    /// Gives the rows after the header its range.
    private func endTable() {
        endBlock()
        guard let table = tables.popLast(), let header = table.header ?? guessedHeader(table) else { return }
        for place in table.start..<blocks.count where blocks[place].kind == .tableRow && blocks[place].header == nil {
            if blocks[place].range.lowerBound > header.lowerBound { blocks[place].header = header }
        }
    }

    /// Returns the first row of a table without marked headers if it has no digits, but most of the others have.
    private func guessedHeader(_ table: Table) -> Range<Int>? {
        let rows = blocks[table.start...].filter { $0.kind == .tableRow && $0.header == nil }
        guard rows.count >= Self.leastRows, !hasDigit(rows[0]), rows.count(where: hasDigit) * 2 > rows.count else { return nil }
        return rows[0].range
    }

    /// Minimum number of rows of a table whose first row may be taken for the names of its columns.
    private static let leastRows = 4

    private func hasDigit(_ row: TextBlock) -> Bool { text[row.range].contains(where: Ascii.isDigit) }

    private func separateCell() {
        rows[rows.count - 1].cells += 1
        guard rows[rows.count - 1].cells > 1 else { return }
        startBlockIfNeeded()
        block.append(contentsOf: " | ".utf8)
        needsSpace = false
    }

    /// Appends repeated cells. Once they take more than `spanBytes`, the document's spans are ignored.
    private func appendCells(_ texts: [[UInt8]]) {
        for text in texts where spanBytes > 0 {
            spanBytes -= text.count + 3
            separateCell()
            append(text[...])
        }
        if spanBytes <= 0 { for place in tables.indices { tables[place].spans = TableSpans() } }
    }

    /// Ends the block at a block element. Inside a cell or heading, it is only a space: most such cells hold one paragraph.
    private func softBreak() {
        switch kinds.last {
        case .heading: needsSpace = true
        case .tableRow where cells > 0: needsSpace = true
        default: endBlock()
        }
    }

    private func breakLine() {
        guard !block.isEmpty else { return }
        if preformatted == 0, case .paragraph = blockKind {
            block.append(Ascii.newline)
            needsSpace = false
        } else if preformatted > 0 {
            block.append(Ascii.newline)
        } else {
            needsSpace = true
        }
    }

    // MARK: Characters

    func characters(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard failure == nil, unseen == 0 else { return }
        if titles > 0 {
            if title.count < 10_000 { title.append(contentsOf: bytes) }
        } else {
            append(Array(bytes)[...])
        }
    }

    private func append(_ bytes: ArraySlice<UInt8>) {
        let isPreformatted = preformatted > 0
        var i = bytes.startIndex
        while i < bytes.endIndex {
            let byte = bytes[i]
            if Ascii.isWhite(byte), !isPreformatted {
                needsSpace = true
                i += 1
                continue
            }
            startBlockIfNeeded()
            if needsSpace, let last = block.last, !Ascii.isWhite(last) { block.append(Ascii.space) }
            needsSpace = false
            // C1 controls come from references such as `&#150;`, which authors use for windows-1252 bytes.
            if byte == 0xC2, i + 1 < bytes.endIndex, (0x80...0x9F).contains(bytes[i + 1]),
                let scalar = Windows1252.scalar(bytes[i + 1]), let encoded = UTF8.encode(scalar)
            {
                block.append(contentsOf: encoded)
                i += 2
            } else {
                block.append(byte)
                i += 1
            }
        }
        if text.count + block.count > limits.maxTextBytes {
            failure = ExtractError(.tooLarge, "the document has more than \(limits.maxTextBytes) bytes of text")
        }
    }

    // MARK: Blocks

    private func startBlockIfNeeded() {
        guard block.isEmpty else { return }
        blockKind = kinds.last ?? .paragraph
        block = bullet
        bullet = []
        needsSpace = false
    }

    private func endBlock() {
        needsSpace = false
        guard !block.isEmpty else { return }
        defer { block.removeAll(keepingCapacity: true) }
        let content = contentRange()
        guard !content.isEmpty else { return }
        guard blocks.count < limits.maxBlocks else {
            failure = ExtractError(.tooLarge, "the document has more than \(limits.maxBlocks) blocks")
            return
        }
        if let last = blocks.last {
            let isSeries = last.kind == blockKind && (blockKind == .listItem || blockKind == .tableRow)
            text.append(contentsOf: isSeries ? "\n".utf8 : "\n\n".utf8)
        }
        let start = text.count
        text.append(contentsOf: block[content])
        blocks.append(TextBlock(kind: blockKind, range: start..<text.count))
        if blockKind == .heading(level: 1), firstHeading == nil { firstHeading = Array(block[content]) }
    }

    /// Returns the block's range without surrounding white space; code and list items keep the indentation of their first line.
    private func contentRange() -> Range<Int> {
        let trimmed = White.trim(block, 0..<block.count)
        let isOnlyMarks = blockKind == .tableRow && block[trimmed].allSatisfy { $0 == Ascii.pipe || Ascii.isWhite($0) }
        if trimmed.isEmpty || isOnlyMarks || White.isBlank(block[trimmed]) { return 0..<0 }
        guard blockKind == .code || blockKind == .listItem else { return trimmed }
        var start = trimmed.lowerBound
        while start > 0, Ascii.isBlank(block[start - 1]) { start -= 1 }
        return start..<trimmed.upperBound
    }
}
