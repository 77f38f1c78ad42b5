import Extraction

/// A reader of the content of an OpenDocument file: text, sheets or slides.
final class OpenDocumentBody: XMLHandler {
    typealias Element = OpenDocumentElement

    /// Where the parts of the content go.
    protocol Output: AnyObject {
        /// Receives a block of a text document.
        func write(_ block: ContentBlock) throws(ExtractError)
        func add(note: [ContentBlock], marker: String, isEndnote: Bool)
        func beginSheet(_ name: String, isHidden: Bool)
        func add(_ row: SheetRow) throws(ExtractError)
        /// - Parameter others: text boxes and comments of the sheet.
        func endSheet(_ others: [ContentBlock])
        func write(_ slide: OpenDocumentSlide) throws(ExtractError)
        /// Returns the content of an embedded object.
        func object(_ path: String) throws(ExtractError) -> [ContentBlock]
    }

    enum Kind { case text, sheets, slides }

    private let kind: Kind
    private let output: any Output
    private var styles: OpenDocumentStyles
    private var lists = OpenDocumentLists()
    private(set) var hasRenderedPages = false

    private struct Paragraph {
        var text: [UInt8] = []
        let headingLevel: Int?
        let marker: String?
        var attached: [ContentBlock] = []
        var startsPage = false
        var endsPage = false
    }

    private struct Frame {
        enum Kind {
            case body
            case cell(OpenDocumentValue, repeats: Int)
            case shape(role: String?, x: Int, y: Int)
            case note(isEndnote: Bool)
            case annotation
            case slideNotes
        }

        let kind: Kind
        var blocks: [ContentBlock] = []
        var paragraphs: [Paragraph] = []
        var tables: [Table] = []
    }

    private struct Table {
        var content = ContentTable()
        var headerRows = 0
        /// How many further columns the last cell covers.
        var coveredColumns = 0
        var rowRepeats = 1
        var column = 0
        var row = 0
        var cells: [SheetCell] = []
        var isSheet = false
        var isHidden = false
    }

    private var frames = [Frame(kind: .body)]
    private var dropped = 0
    private var hiddenSpans: [Bool] = []
    private var noteNumbers = (foot: 0, end: 0)
    private var slide: OpenDocumentSlide?
    private var sheetBlocks: [ContentBlock] = []
    private var heldBytes = 0
    private var seen = 0
    private var pageStart = -1

    /// Maximum number of times that a row or cell with content is repeated. Files say so of whole columns and rows.
    private static let maxRepeats = 1_000
    private static let maxFrames = 200
    /// Maximum size of the text that waits for the end of what encloses it, in bytes.
    private static let maxHeldBytes = 64 << 20

    /// - Parameter styles: the styles of `styles.xml`.
    init(_ kind: Kind, _ styles: OpenDocumentStyles, _ output: any Output) {
        (self.kind, self.styles, self.output) = (kind, styles, output)
    }

    private var top: Int { frames.count - 1 }

    // MARK: Events

    func start(_ element: OpenDocumentElement, _ attributes: XMLAttributes) throws(ExtractError) {
        if dropped > 0 || element.isDropped {
            if element.isDropped { dropped += 1 }
            return
        }
        if element.isShape { return try beginShape(attributes) }
        switch element {
        case .heading, .paragraph: beginParagraph(element, attributes)
        case .spaces, .tab, .lineBreak: append(CollectionOfOne(Ascii.space))
        case .softPageBreak:
            hasRenderedPages = true
            breakPage()
        case .span: hiddenSpans.append(styles.style(attributes["text:style-name"], family: "text")?.hidesText ?? false)
        case .list:
            lists.beginList(style: attributes["text:style-name"], continuesNumbering: attributes["text:continue-numbering"] == "true")
        case .listItem: lists.beginItem(startValue: attributes.int("text:start-value"), isHeader: false, styles)
        case .listHeader: lists.beginItem(startValue: nil, isHeader: true, styles)
        case .note: try beginNote(attributes)
        case .annotation: try begin(Frame(kind: .annotation))
        case .table: beginTable(attributes)
        case .headerRows: withTable { $0.headerRows += 1 }
        case .row: beginRow(attributes)
        case .cell, .coveredCell: try beginCell(element, attributes)
        case .page:
            let isHidden = styles.style(attributes["draw:style-name"], family: "drawing-page")?.isHidden ?? false
            slide = OpenDocumentSlide(isHidden: isHidden)
        case .notes: try begin(Frame(kind: .slideNotes))
        case .object: if let path = attributes["xlink:href"] { frames[top].blocks += try output.object(path) }
        default: styles.start(element, attributes)
        }
    }

    func end(_ element: OpenDocumentElement) throws(ExtractError) {
        if dropped > 0 {
            if element.isDropped { dropped -= 1 }
            return
        }
        if element.isShape { return try endShape() }
        switch element {
        case .heading, .paragraph: try endParagraph()
        case .span: _ = hiddenSpans.popLast()
        case .list: lists.endList()
        case .listItem, .listHeader: lists.endItem()
        case .note: endNote()
        case .annotation: endAnnotation()
        case .table: try endTable()
        case .headerRows: withTable { $0.headerRows = max(0, $0.headerRows - 1) }
        case .row: try endRow()
        case .cell, .coveredCell: endCell()
        case .page:
            if let slide { try output.write(slide) }
            slide = nil
        case .notes: if let frame = pop({ if case .slideNotes = $0 { true } else { false } }) { slide?.notes += frame.blocks }
        default: styles.end(element)
        }
    }

    func text(_ bytes: UnsafeBufferPointer<UInt8>) throws(ExtractError) {
        guard dropped == 0, !frames[top].paragraphs.isEmpty, !hiddenSpans.contains(true) else { return }
        if !bytes.allSatisfy(Ascii.isWhite) { seen += bytes.count }
        append(bytes)
        if frames.count > 1 {
            heldBytes += bytes.count
            guard heldBytes <= Self.maxHeldBytes else { throw ExtractError(.tooLarge, "tables or shapes have too much text") }
        }
    }

    // MARK: Paragraphs

    private func append(_ bytes: some Collection<UInt8>) {
        guard !frames[top].paragraphs.isEmpty else { return }
        let last = frames[top].paragraphs.count - 1
        for byte in bytes {
            // A soft hyphen is C2 AD.
            if byte == 0xAD, frames[top].paragraphs[last].text.last == 0xC2 {
                frames[top].paragraphs[last].text.removeLast()
            } else {
                frames[top].paragraphs[last].text.append(byte)
            }
        }
    }

    private func beginParagraph(_ element: OpenDocumentElement, _ attributes: XMLAttributes) {
        let name = attributes["text:style-name"]
        var level: Int?
        if element == .heading { level = attributes.int("text:outline-level") ?? 1 } else if styles.isTitle(name) { level = 1 }
        frames[top].paragraphs.append(Paragraph(headingLevel: level, marker: lists.takeMarker()))
        if styles.style(name, family: "paragraph")?.breaksPage ?? false, seen > 0 { breakPage() }
    }

    private func breakPage() {
        guard kind == .text, pageStart != seen else { return }
        pageStart = seen
        if frames.count == 1, let last = frames[0].paragraphs.indices.last {
            if frames[0].paragraphs[last].text.allSatisfy(Ascii.isWhite) {
                frames[0].paragraphs[last].startsPage = true
            } else {
                frames[0].paragraphs[last].endsPage = true
            }
        } else if let table = frames[0].tables.indices.last, let row = frames[0].tables[table].content.rows.indices.last {
            frames[0].tables[table].content.rows[row].startsPage = true
        } else if frames.count == 1 {
            pageIsPending = true
        }
    }

    /// Whether a page begins before the next block.
    private var pageIsPending = false

    private func endParagraph() throws(ExtractError) {
        guard let paragraph = frames[top].paragraphs.popLast() else { return }
        if paragraph.startsPage { try add(.pageBreak) }
        let text = String(decoding: paragraph.text, as: UTF8.self)
        if !text.allSatisfy(\.isWhitespace) {
            if let level = paragraph.headingLevel {
                try add(.heading(level: level, text))
            } else if let marker = paragraph.marker, !marker.isEmpty {
                try add(.listItem(text, marker: marker))
            } else {
                try add(.paragraph(text))
            }
        }
        for block in paragraph.attached { try add(block) }
        if paragraph.endsPage { try add(.pageBreak) }
    }

    private func add(_ block: ContentBlock) throws(ExtractError) {
        if frames.count > 1 {
            if case .pageBreak = block { return }
            frames[top].blocks.append(block)
        } else if kind == .text {
            if pageIsPending { try output.write(.pageBreak) }
            pageIsPending = false
            try output.write(block)
        } else {
            sheetBlocks.append(block)
        }
    }

    // MARK: Frames

    private func begin(_ frame: Frame) throws(ExtractError) {
        guard frames.count < Self.maxFrames else { throw ExtractError(.malformed, "tables or shapes are nested too deeply") }
        frames.append(frame)
    }

    private func pop(_ isWanted: (Frame.Kind) -> Bool) -> Frame? {
        guard top > 0, isWanted(frames[top].kind) else { return nil }
        var frame = frames.removeLast()
        for paragraph in frame.paragraphs where !paragraph.text.isEmpty {
            frame.blocks.append(.paragraph(String(decoding: paragraph.text, as: UTF8.self)))
        }
        return frame
    }

    private func attach(_ blocks: [ContentBlock]) throws(ExtractError) {
        if let last = frames[top].paragraphs.indices.last {
            frames[top].paragraphs[last].attached += blocks
        } else {
            for block in blocks { try add(block) }
        }
    }

    private func beginShape(_ attributes: XMLAttributes) throws(ExtractError) {
        let x = attributes["svg:x"] ?? attributes["svg:x1"]
        let y = attributes["svg:y"] ?? attributes["svg:y1"]
        try begin(
            Frame(
                kind: .shape(
                    role: attributes["presentation:class"], x: OpenDocumentSlide.length(x), y: OpenDocumentSlide.length(y))))
    }

    private func endShape() throws(ExtractError) {
        guard let frame = pop({ if case .shape = $0 { true } else { false } }), case .shape(let role, let x, let y) = frame.kind,
            !frame.blocks.isEmpty
        else { return }
        if frames.count == 1, slide != nil {
            slide?.shapes.append(OpenDocumentSlide.Shape(role: role, x: x, y: y, blocks: frame.blocks))
            heldBytes = 0
        } else {
            try attach(frame.blocks)
        }
    }

    private func beginNote(_ attributes: XMLAttributes) throws(ExtractError) {
        let isEndnote = attributes["text:note-class"] == "endnote"
        if isEndnote { noteNumbers.end += 1 } else { noteNumbers.foot += 1 }
        append(Array(noteMarker(isEndnote).utf8))
        try begin(Frame(kind: .note(isEndnote: isEndnote)))
    }

    private func noteMarker(_ isEndnote: Bool) -> String {
        isEndnote ? "[\(CountedNumber.text(noteNumbers.end, format: "lowerRoman"))]" : "[\(noteNumbers.foot)]"
    }

    private func endNote() {
        guard let frame = pop({ if case .note = $0 { true } else { false } }), case .note(let isEndnote) = frame.kind else { return }
        output.add(note: frame.blocks, marker: noteMarker(isEndnote), isEndnote: isEndnote)
    }

    private func endAnnotation() {
        guard let frame = pop({ if case .annotation = $0 { true } else { false } }), !frame.blocks.isEmpty else { return }
        if kind == .text {
            output.add(note: frame.blocks, marker: "Comment:", isEndnote: false)
        } else {
            sheetBlocks.append(.paragraph("Comment: " + ContentBlock.inlineText(frame.blocks)))
        }
    }

    // MARK: Tables

    private func withTable(_ body: (inout Table) -> Void) {
        if let last = frames[top].tables.indices.last { body(&frames[top].tables[last]) }
    }

    private func beginTable(_ attributes: XMLAttributes) {
        var table = Table()
        table.content.marksFirstRow = attributes["table:use-first-row-styles"] == "true"
        if kind == .sheets, frames.count == 1, frames[0].tables.isEmpty {
            table.isSheet = true
            table.isHidden = styles.style(attributes["table:style-name"], family: "table")?.isHidden ?? false
            sheetBlocks = []
            output.beginSheet(attributes["table:name"] ?? "", isHidden: table.isHidden)
        }
        frames[top].tables.append(table)
    }

    private func beginRow(_ attributes: XMLAttributes) {
        let repeats = min(max(attributes.int("table:number-rows-repeated") ?? 1, 1), CellReference.maxRows)
        withTable { table in
            (table.rowRepeats, table.column, table.cells, table.coveredColumns) = (repeats, 0, [], 0)
            if !table.isSheet { table.content.rows.append(ContentTable.Row(isHeader: table.headerRows > 0)) }
        }
    }

    private func beginCell(_ element: OpenDocumentElement, _ attributes: XMLAttributes) throws(ExtractError) {
        let repeats = min(max(attributes.int("table:number-columns-repeated") ?? 1, 1), CellReference.maxColumns)
        let columns = min(max(attributes.int("table:number-columns-spanned") ?? 1, 1), ContentTable.maxSpan)
        withTable { table in
            guard let row = table.content.rows.indices.last, !table.isSheet else { return }
            // A cell is followed by those that it covers, which have no text of their own.
            var cell = ContentTable.Cell()
            if element == .cell {
                table.coveredColumns = columns - 1
            } else if table.coveredColumns > 0 {
                table.coveredColumns -= repeats
            } else {
                cell.continuesAbove = true
            }
            table.content.rows[row].cells.append(cell)
        }
        try begin(Frame(kind: .cell(OpenDocumentValue(attributes), repeats: repeats)))
    }

    private func endCell() {
        guard let frame = pop({ if case .cell = $0 { true } else { false } }), case .cell(let value, let repeats) = frame.kind else {
            return
        }
        let maxRepeats = Self.maxRepeats
        withTable { table in
            if table.isSheet {
                let text = value.text(shownAs: ContentBlock.inlineText(frame.blocks))
                if !text.allSatisfy(\.isWhitespace) {
                    for place in 0..<min(repeats, maxRepeats) where table.column + place < CellReference.maxColumns {
                        table.cells.append(SheetCell(column: table.column + place, text: text, isText: value.isText))
                    }
                }
                table.column = min(table.column + repeats, CellReference.maxColumns)
            } else if let row = table.content.rows.indices.last, let cell = table.content.rows[row].cells.indices.last {
                table.content.rows[row].cells[cell].blocks = frame.blocks
                let copies = min(repeats - 1, ContentTable.maxSpan)
                if copies > 0 { table.content.rows[row].cells += Array(repeating: table.content.rows[row].cells[cell], count: copies) }
            }
        }
    }

    private func endRow() throws(ExtractError) {
        guard let last = frames[top].tables.indices.last else { return }
        let table = frames[top].tables[last]
        guard table.isSheet else {
            let copies = min(table.rowRepeats - 1, Self.maxRepeats)
            if copies > 0, let row = table.content.rows.last, row.cells.contains(where: { !$0.blocks.isEmpty }) {
                frames[top].tables[last].content.rows += Array(repeating: row, count: copies)
            }
            return
        }
        frames[top].tables[last].row = min(table.row + table.rowRepeats, CellReference.maxRows)
        heldBytes = 0
        guard !table.cells.isEmpty, !table.isHidden else { return }
        for place in 0..<min(table.rowRepeats, Self.maxRepeats) {
            try output.add(SheetRow(number: table.row + place, cells: table.cells))
        }
    }

    private func endTable() throws(ExtractError) {
        guard let table = frames[top].tables.popLast() else { return }
        if table.isSheet {
            output.endSheet(table.isHidden ? [] : sheetBlocks)
            sheetBlocks = []
            return
        }
        try add(.table(table.content))
        if frames.count == 1 { heldBytes = 0 }
    }
}
