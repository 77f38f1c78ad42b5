import Extraction

/// A piece of a document before it is written: inside of cells, text boxes and notes, pieces wait for what encloses them.
enum ContentBlock {
    case heading(level: Int, String)
    case paragraph(String)
    case listItem(String, marker: String)
    case table(ContentTable)
    case document(ExtractedDocument)
    case pageBreak

    /// The text in one line, as it stands in a table cell.
    var inlineText: String {
        switch self {
        case .heading(_, let text), .paragraph(let text): text
        case .listItem(let text, let marker): "\(marker) \(text)"
        case .table(let table): table.inlineText
        case .document(let document): document.text
        case .pageBreak: ""
        }
    }

    static func inlineText(_ blocks: [ContentBlock]) -> String {
        // The only item of a cell is no list.
        if blocks.count == 1, case .listItem(let text, _) = blocks[0] { return text }
        if blocks.count == 1 { return blocks[0].inlineText }
        return blocks.map(\.inlineText).filter { !$0.isEmpty }.joined(separator: " ")
    }

    func write(to builder: inout DocumentBuilder) {
        switch self {
        case .heading(let level, let text): builder.heading(text, level: level)
        case .paragraph(let text): builder.paragraph(text)
        case .listItem(let text, let marker): builder.listItem(text, marker: marker)
        case .table(let table): table.write(to: &builder)
        case .document(let document): builder.append(document)
        case .pageBreak: builder.beginPart(.page)
        }
    }
}

/// A table with cells that may span rows and columns.
struct ContentTable {
    struct Cell {
        var blocks: [ContentBlock] = []
        var columns = 1
        /// Whether the cell continues the one above it.
        var continuesAbove = false
    }

    struct Row {
        var cells: [Cell] = []
        var isHeader = false
        var isDeleted = false
        var startsPage = false
    }

    var rows: [Row] = []
    /// Whether the style of the table marks its first row.
    var marksFirstRow = false

    /// Maximum number of columns of one cell.
    static let maxSpan = 100
    /// Maximum length of a text that is repeated in the rows or columns that its cell spans, in bytes.
    private static let maxRepeated = 200

    /// The rows joined in one line, for a table inside of a cell.
    var inlineText: String {
        rows.map { row in row.cells.map { ContentBlock.inlineText($0.blocks) }.filter { !$0.isEmpty }.joined(separator: ", ") }
            .filter { !$0.isEmpty }.joined(separator: "; ")
    }

    func write(to builder: inout DocumentBuilder) {
        // A table of one column only frames its content.
        if rows.allSatisfy({ $0.cells.count <= 1 }) { return writeFlow(to: &builder) }
        let headers = headerRows
        builder.beginTable()
        var above: [String] = []
        for (number, row) in rows.enumerated() {
            if builder.isFull { return }
            if row.startsPage {
                builder.beginPart(.page)
            }
            let isHeader = number < headers
            let texts = Self.texts(row, above: above, repeatsColumns: isHeader)
            builder.tableRow(texts, isHeader: isHeader)
            above = texts
        }
    }

    private func writeFlow(to builder: inout DocumentBuilder) {
        for row in rows {
            if row.startsPage { builder.beginPart(.page) }
            for block in row.cells.first?.blocks ?? [] { block.write(to: &builder) }
        }
    }

    private var headerRows: Int {
        let marked = rows.prefix { $0.isHeader }.count
        if marked > 0 { return marked < rows.count ? marked : 0 }
        guard marksFirstRow, rows.count > 1, let first = rows.first, first.cells.count > 1 else { return 0 }
        // The names of rows stand below a blank corner.
        return first.cells.dropFirst().allSatisfy { !ContentBlock.inlineText($0.blocks).isEmpty } ? 1 : 0
    }

    private static func texts(_ row: Row, above: [String], repeatsColumns: Bool) -> [String] {
        var texts: [String] = []
        for cell in row.cells {
            var text = ContentBlock.inlineText(cell.blocks)
            if cell.continuesAbove, text.isEmpty, texts.count < above.count, above[texts.count].utf8.count <= maxRepeated {
                text = above[texts.count]
            }
            texts.append(text)
            let repeated = repeatsColumns && text.utf8.count <= maxRepeated ? text : ""
            for _ in 1..<max(2, min(cell.columns, maxSpan)) where cell.columns > 1 { texts.append(repeated) }
        }
        while texts.last?.isEmpty == true { texts.removeLast() }
        return texts
    }
}
