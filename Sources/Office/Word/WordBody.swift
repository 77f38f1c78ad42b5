import Extraction

/// A reader of the body of a Word document, or of its notes or comments, which have the same markup.
final class WordBody: XMLHandler {
    typealias Element = WordElement

    /// What the body refers to, outside of its part.
    struct References {
        var chart: (String) throws(ExtractError) -> [ContentBlock] = { _ throws(ExtractError) in [] }
        var diagram: (String) throws(ExtractError) -> [ContentBlock] = { _ throws(ExtractError) in [] }
        var chunk: (String) throws(ExtractError) -> [ContentBlock] = { _ throws(ExtractError) in [] }
    }

    /// A reference to a note.
    struct Note {
        enum Kind { case footnote, endnote, comment }
        let kind: Kind
        let id: String
        /// The number as the text shows it; empty for a comment.
        let marker: String
    }

    /// Receives each block of the body when it is complete, with the notes that it refers to.
    typealias Output = (ContentBlock, [Note]) throws(ExtractError) -> Void

    private let styles: WordStyles
    private let references: References
    private let output: Output
    private let isCollectingNotes: Bool
    private var numbering: WordNumbering

    /// The notes of a part of notes, by id, with the author of a comment.
    private(set) var notes: [String: (author: String?, blocks: [ContentBlock])] = [:]
    private(set) var hasRenderedPages = false

    private struct Paragraph {
        var text: [UInt8] = []
        var style: String?
        var outlineLevel: Int?
        var list: String?
        var listLevel: Int?
        /// Blocks of text boxes, charts and such, which follow the paragraph.
        var attached: [ContentBlock] = []
        var notes: [Note] = []
        var joinsNext = false
        var startsPage = false
        var endsPage = false
    }

    /// What encloses blocks: the body, a cell, a text box or a note.
    private struct Frame {
        enum Kind { case body, cell, box, note(String, author: String?) }
        let kind: Kind
        var blocks: [ContentBlock] = []
        var paragraphs: [Paragraph] = []
        var tables: [ContentTable] = []
    }

    private var frames = [Frame(kind: .body)]
    private var dropped = 0
    private var isText = 0
    private var isHiddenRun = false
    private var runs = 0
    private var inParagraphProperties = 0
    private var inRunProperties = 0
    private var inRowProperties = 0
    /// Whether each open field is in its code, which is not shown.
    private var fields: [Bool] = []
    private var alternatives: [Alternative] = []
    /// Bytes of text seen, to know whether a choice had any.
    private var seen = 0
    /// `seen` at the last page break.
    private var pageStart = -1
    private var noteNumbers = (foot: 0, end: 0)
    private var heldBytes = 0

    private struct Alternative {
        let start: Int
        var isFallback = false
    }

    /// Maximum size of the text that waits for the end of what encloses it, in bytes.
    private static let maxHeldBytes = 64 << 20
    private static let maxFrames = 200

    init(
        _ styles: WordStyles, _ numbering: WordNumbering, _ references: References = References(), collectsNotes: Bool = false,
        output: @escaping Output = { _, _ throws(ExtractError) in }
    ) {
        (self.styles, self.numbering, self.references, isCollectingNotes) = (styles, numbering, references, collectsNotes)
        self.output = output
    }

    // MARK: Events

    func start(_ element: WordElement, _ attributes: XMLAttributes) throws(ExtractError) {
        if dropped > 0 {
            if element.isDropped || element == .fallback { dropped += 1 }
            return
        }
        if element.isDropped {
            markDeleted(element)
            dropped += 1
            return
        }
        switch element {
        case .paragraph: frames[top].paragraphs.append(Paragraph())
        case .run:
            runs += 1
            isHiddenRun = false
        case .text, .mathText: isText += 1
        case .tab, .lineBreak, .carriageReturn, .noBreakHyphen, .symbol: character(element, attributes)
        case .renderedPageBreak:
            hasRenderedPages = true
            breakPage()
        case .paragraphProperties: inParagraphProperties += 1
        case .runProperties: inRunProperties += 1
        case .rowProperties: inRowProperties += 1
        case .paragraphStyle, .runStyle, .outlineLevel, .numberingLevel, .numberingList, .vanish, .pageBreakBefore:
            property(element, attributes)
        case .table: frames[top].tables.append(ContentTable())
        case .row: withTable { $0.rows.append(ContentTable.Row()) }
        case .cell: try begin(Frame(kind: .cell))
        case .tableLook, .columnSpan, .rowSpan, .columnsBefore, .headerRow: tableProperty(element, attributes)
        case .textBox: try begin(Frame(kind: .box))
        case .fieldCharacter: field(attributes["fldCharType"])
        case .alternatives: alternatives.append(Alternative(start: seen))
        case .fallback:
            // Both halves show the same; the second is for programs that cannot show the first.
            if let alternative = alternatives.last, seen > alternative.start { dropped += 1 }
        case .footnote, .endnote, .comment:
            let type = attributes["type"]
            let isNote = isCollectingNotes && (type == nil || type == "normal")
            if isNote, let id = attributes["id"] { try begin(Frame(kind: .note(id, author: attributes["author"]))) } else { dropped += 1 }
        case .footnoteReference, .endnoteReference, .commentReference: refer(element, attributes["id"])
        case .alternateChunk: try attach(references.chunk(attributes["r:id"] ?? ""))
        case .chart: try attach(references.chart(attributes["r:id"] ?? ""))
        case .diagram: try attach(references.diagram(attributes["r:dm"] ?? ""))
        default: break
        }
    }

    func end(_ element: WordElement) throws(ExtractError) {
        if dropped > 0 {
            if element.isDropped || element == .fallback { dropped -= 1 }
            switch element {
            case .footnote, .endnote, .comment: dropped = max(dropped - 1, 0)
            default: break
            }
            return
        }
        switch element {
        case .paragraph: try endParagraph()
        case .run: runs = max(runs - 1, 0)
        case .text, .mathText: isText = max(isText - 1, 0)
        case .paragraphProperties: inParagraphProperties = max(inParagraphProperties - 1, 0)
        case .runProperties: inRunProperties = max(inRunProperties - 1, 0)
        case .rowProperties: inRowProperties = max(inRowProperties - 1, 0)
        case .cell: endCell()
        case .table: try endTable()
        case .textBox: endBox()
        case .alternatives: _ = alternatives.popLast()
        case .footnote, .endnote, .comment: endNote()
        default: break
        }
    }

    func text(_ bytes: UnsafeBufferPointer<UInt8>) throws(ExtractError) {
        guard isText > 0, dropped == 0, !isHiddenRun, !fields.contains(true) else { return }
        if !bytes.allSatisfy(Ascii.isWhite) { seen += bytes.count }
        append(bytes)
        if frames.count > 1 {
            heldBytes += bytes.count
            guard heldBytes <= Self.maxHeldBytes else { throw ExtractError(.tooLarge, "tables or text boxes have too much text") }
        }
    }

    // MARK: Text

    private var top: Int { frames.count - 1 }

    private func withParagraph(_ body: (inout Paragraph) -> Void) {
        if frames[top].paragraphs.isEmpty { return }
        body(&frames[top].paragraphs[frames[top].paragraphs.count - 1])
    }

    private func append(_ bytes: some Collection<UInt8>) {
        withParagraph { paragraph in
            // A soft hyphen, C2 AD, is shown only where a line ends.
            guard bytes.contains(0xAD) else {
                paragraph.text.append(contentsOf: bytes)
                return
            }
            for byte in bytes {
                if byte == 0xAD, paragraph.text.last == 0xC2 { paragraph.text.removeLast() } else { paragraph.text.append(byte) }
            }
        }
    }

    private func character(_ element: WordElement, _ attributes: XMLAttributes) {
        // `w:tab` is also the name of a tab stop.
        guard runs > 0, inParagraphProperties == 0, !isHiddenRun, !fields.contains(true) else { return }
        switch element {
        case .lineBreak:
            if attributes["type"] == "page" { breakPage() } else { append(CollectionOfOne(Ascii.space)) }
        case .noBreakHyphen: append(CollectionOfOne(Ascii.hyphen))
        case .symbol: append(Array(WordSymbol.text(font: attributes["font"] ?? "", code: attributes["char"] ?? "").utf8))
        default: append(CollectionOfOne(Ascii.space))
        }
    }

    private func field(_ type: String?) {
        switch type {
        case "begin": if fields.count < 1_000 { fields.append(true) }
        case "separate": if !fields.isEmpty { fields[fields.count - 1] = false }
        case "end": _ = fields.popLast()
        default: break
        }
    }

    /// A page break that Word found when it showed the document follows each explicit one; they count once.
    private func breakPage() {
        guard frames.allSatisfy({ if case .body = $0.kind { true } else if case .cell = $0.kind { true } else { false } }) else { return }
        guard pageStart != seen else { return }
        pageStart = seen
        if frames.count == 1 {
            withParagraph { if $0.text.allSatisfy(Ascii.isWhite) { $0.startsPage = true } else { $0.endsPage = true } }
        } else if !frames[0].tables.isEmpty {
            let table = frames[0].tables.count - 1
            let row = frames[0].tables[table].rows.count - 1
            if row >= 0 { frames[0].tables[table].rows[row].startsPage = true }
        }
    }

    private func refer(_ element: WordElement, _ id: String?) {
        guard let id, !isHiddenRun else { return }
        let note: Note
        switch element {
        case .footnoteReference:
            noteNumbers.foot += 1
            note = Note(kind: .footnote, id: id, marker: "[\(noteNumbers.foot)]")
        case .endnoteReference:
            noteNumbers.end += 1
            note = Note(kind: .endnote, id: id, marker: "[\(CountedNumber.text(noteNumbers.end, format: "lowerRoman"))]")
        default: note = Note(kind: .comment, id: id, marker: "")
        }
        append(Array(note.marker.utf8))
        withParagraph { $0.notes.append(note) }
    }

    // MARK: Properties

    private func property(_ element: WordElement, _ attributes: XMLAttributes) {
        switch element {
        case .paragraphStyle: withParagraph { $0.style = attributes["val"] }
        case .outlineLevel: if inParagraphProperties > 0 { withParagraph { $0.outlineLevel = attributes.int("val") } }
        case .numberingLevel: withParagraph { $0.listLevel = attributes.int("val") }
        case .numberingList: withParagraph { $0.list = attributes["val"] }
        case .pageBreakBefore: if WordToggle.isOn(attributes["val"]) { breakPage() }
        // The properties of a paragraph have those of its mark.
        case .vanish: if inParagraphProperties == 0 { isHiddenRun = WordToggle.isOn(attributes["val"]) }
        case .runStyle: if inParagraphProperties == 0, styles[attributes["val"] ?? ""].isHidden { isHiddenRun = true }
        default: break
        }
    }

    private func withTable(_ body: (inout ContentTable) -> Void) {
        // A cell's properties are inside of the cell's frame, and its table is in the frame below.
        var place = top
        if frames[place].tables.isEmpty, case .cell = frames[place].kind { place -= 1 }
        guard place >= 0, !frames[place].tables.isEmpty else { return }
        body(&frames[place].tables[frames[place].tables.count - 1])
    }

    private func tableProperty(_ element: WordElement, _ attributes: XMLAttributes) {
        switch element {
        case .tableLook:
            let bits = attributes["val"].flatMap { Int($0, radix: 16) } ?? 0
            let marks = attributes["firstRow"].map { WordToggle.isOn($0) } ?? (bits & 0x20 != 0)
            withTable { $0.marksFirstRow = marks }
        case .headerRow:
            let isOn = WordToggle.isOn(attributes["val"])
            withTable { if !$0.rows.isEmpty { $0.rows[$0.rows.count - 1].isHeader = isOn } }
        case .columnsBefore:
            let count = min(max(attributes.int("val") ?? 0, 0), ContentTable.maxSpan)
            guard count > 0 else { return }
            withTable { if !$0.rows.isEmpty { $0.rows[$0.rows.count - 1].cells.append(ContentTable.Cell(columns: count)) } }
        case .columnSpan: cellProperties.columns = min(max(attributes.int("val") ?? 1, 1), ContentTable.maxSpan)
        case .rowSpan: cellProperties.continuesAbove = attributes["val"] != "restart"
        default: break
        }
    }

    /// Properties of the innermost cell, which come before its content.
    private var cellProperties: ContentTable.Cell {
        get { cells.last ?? ContentTable.Cell() }
        set { if !cells.isEmpty { cells[cells.count - 1] = newValue } }
    }
    private var cells: [ContentTable.Cell] = []

    /// Notes what is deleted with an element: the mark of a paragraph joins it to the next one, and that of a row deletes it.
    private func markDeleted(_ element: WordElement) {
        guard element == .deleted || element == .movedFrom else { return }
        if inRowProperties > 0 {
            withTable { if !$0.rows.isEmpty { $0.rows[$0.rows.count - 1].isDeleted = true } }
        } else if inParagraphProperties > 0, inRunProperties > 0 {
            withParagraph { $0.joinsNext = true }
        }
    }

    // MARK: Structure

    private func begin(_ frame: Frame) throws(ExtractError) {
        guard frames.count < Self.maxFrames else { throw ExtractError(.malformed, "tables are nested too deeply") }
        if case .cell = frame.kind { cells.append(ContentTable.Cell()) }
        frames.append(frame)
    }

    /// Removes the frames down to one of a kind; `nil` if there is none, in damaged markup.
    private func pop(_ isWanted: (Frame.Kind) -> Bool) -> Frame? {
        guard top > 0, isWanted(frames[top].kind) else { return nil }
        var frame = frames.removeLast()
        for paragraph in frame.paragraphs where !paragraph.text.isEmpty {
            frame.blocks.append(.paragraph(String(decoding: paragraph.text, as: UTF8.self)))
        }
        return frame
    }

    private func endCell() {
        guard let frame = pop({ if case .cell = $0 { true } else { false } }), var cell = cells.popLast() else { return }
        cell.blocks = frame.blocks
        withTable { if !$0.rows.isEmpty { $0.rows[$0.rows.count - 1].cells.append(cell) } }
    }

    private func endTable() throws(ExtractError) {
        guard var table = frames[top].tables.popLast() else { return }
        table.rows.removeAll(where: \.isDeleted)
        try add(.table(table), [])
        if frames.count == 1 { heldBytes = 0 }
    }

    private func endBox() {
        guard let frame = pop({ if case .box = $0 { true } else { false } }) else { return }
        if frames[top].paragraphs.isEmpty { frames[top].blocks += frame.blocks } else { withParagraph { $0.attached += frame.blocks } }
    }

    private func endNote() {
        guard let frame = pop({ if case .note = $0 { true } else { false } }), case .note(let id, let author) = frame.kind else { return }
        if notes[id] == nil { notes[id] = (author, frame.blocks) }
    }

    private func attach(_ blocks: [ContentBlock]) throws(ExtractError) {
        guard !blocks.isEmpty else { return }
        seen += 1
        if frames[top].paragraphs.isEmpty { for block in blocks { try add(block, []) } } else { withParagraph { $0.attached += blocks } }
    }

    private func endParagraph() throws(ExtractError) {
        guard var paragraph = frames[top].paragraphs.popLast() else { return }
        if paragraph.joinsNext {
            carried = paragraph.text
            pendingNotes += paragraph.notes
            return
        }
        if !carried.isEmpty { paragraph.text = carried + paragraph.text }
        carried = []
        let notes = pendingNotes + paragraph.notes
        pendingNotes = []
        if paragraph.startsPage { try add(.pageBreak, []) }
        if let block = block(paragraph) { try add(block, notes) } else if !notes.isEmpty { pendingNotes = notes }
        for block in paragraph.attached { try add(block, []) }
        if paragraph.endsPage { try add(.pageBreak, []) }
    }

    /// The text of a paragraph whose mark is deleted, which the next one continues.
    private var carried: [UInt8] = []
    private var pendingNotes: [Note] = []

    /// Maximum length of a heading, in bytes; a longer paragraph with an outline level is text.
    private static let maxHeading = 400

    private func block(_ paragraph: Paragraph) -> ContentBlock? {
        guard !paragraph.text.allSatisfy(Ascii.isWhite) else { return nil }
        let text = String(decoding: paragraph.text, as: UTF8.self)
        let style = styles[paragraph.style]
        let marker = marker(paragraph, style)
        let level = paragraph.outlineLevel.map { $0 < 9 ? $0 : nil } ?? style.outlineLevel
        if paragraph.text.count <= Self.maxHeading, style.isTitle || level != nil {
            let number = marker.map { $0 == "•" ? "" : $0 + " " } ?? ""
            return .heading(level: style.isTitle ? 1 : (level ?? 0) + 1, number + text)
        }
        guard let marker else { return .paragraph(text) }
        return marker.isEmpty ? .paragraph(text) : .listItem(text, marker: marker)
    }

    private func marker(_ paragraph: Paragraph, _ style: WordStyles.Style) -> String? {
        guard let list = paragraph.list ?? style.numbering?.list else { return nil }
        let level = paragraph.listLevel ?? style.numbering?.level ?? numbering.level(ofStyle: paragraph.style) ?? 0
        return numbering.next(list, level: level)
    }

    private func add(_ block: ContentBlock, _ notes: [Note]) throws(ExtractError) {
        if frames.count == 1 {
            try output(block, pendingTableNotes + notes)
            pendingTableNotes = []
        } else {
            if case .pageBreak = block { return }
            frames[top].blocks.append(block)
            pendingTableNotes += notes
        }
    }

    /// Notes of cells and text boxes, which go with the block that encloses them.
    private var pendingTableNotes: [Note] = []
}
