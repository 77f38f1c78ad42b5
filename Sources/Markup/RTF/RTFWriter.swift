import Extraction

/// Collects the text of paragraphs, cells and notes, and writes them to a document.
final class RTFWriter {
    private var builder: DocumentBuilder
    private var paragraph: [UInt8] = []
    private var marker: [UInt8]?
    private var note: [UInt8] = []
    private var notes: [String] = []

    private var cells: [String] = []
    private var rows: [[String]] = []
    private var headerRows = 0
    private var isHeader = false

    init(limits: ExtractLimits) { builder = DocumentBuilder(limits: limits) }

    var isFull: Bool { builder.isFull }

    func document(title: String) throws(ExtractError) -> ExtractedDocument {
        if !cells.isEmpty { endRow() }
        endParagraph(level: nil, RTFState.Paragraph())
        endTable()
        return try builder.document(title: title, mediaType: DocumentFormat.rtf.mediaType)
    }

    func add(_ text: [UInt8]) { paragraph += text }

    func marker(_ text: [UInt8]) { marker = (marker ?? []) + text }

    func addToNote(_ text: [UInt8]) { note += text }

    func endNote(_ text: [UInt8]) {
        note += text
        if note.contains(where: { !Ascii.isWhite($0) }) { notes.append(String(decoding: note, as: UTF8.self)) }
        note = []
    }

    func endParagraph(level: Int?, _ properties: RTFState.Paragraph) {
        // A paragraph in a cell ends with a newline there.
        if properties.isInTable {
            paragraph.append(Ascii.newline)
            return
        }
        let text = String(decoding: paragraph, as: UTF8.self)
        paragraph = []
        let isBlank = text.utf8.allSatisfy(Ascii.isWhite)
        if !isBlank || !notes.isEmpty { endTable() }
        if let level, !isBlank {
            builder.heading(text, level: level)
        } else if let marker, !isBlank {
            let mark = String(decoding: marker, as: UTF8.self)
            builder.listItem(text, marker: mark.utf8.allSatisfy(Ascii.isWhite) ? "•" : mark)
        } else if properties.isListItem, !isBlank {
            builder.listItem(text)
        } else {
            builder.lines(text)
        }
        if !isBlank { marker = nil }
        writeNotes()
    }

    // MARK: Tables

    func endCell() {
        let mark = marker.map { String(decoding: $0, as: UTF8.self) } ?? ""
        cells.append(mark + String(decoding: paragraph, as: UTF8.self))
        (paragraph, marker) = ([], nil)
    }

    func endRow() {
        if !cells.isEmpty {
            if isHeader, headerRows == rows.count { headerRows += 1 }
            rows.append(cells)
        }
        (cells, isHeader) = ([], false)
    }

    func markHeader() { isHeader = true }

    private func endTable() {
        guard !rows.isEmpty else { return }
        let header = headerRows > 0 ? min(headerRows, rows.count - 1) : Self.looksLikeHeader(rows) ? 1 : 0
        builder.table(rows, headerRows: header)
        (rows, headerRows) = ([], 0)
    }

    /// Returns whether the first row names the columns: each of its cells has text that is no number.
    private static func looksLikeHeader(_ rows: [[String]]) -> Bool {
        guard rows.count > 1, let first = rows.first, first.count > 1 else { return false }
        return first.allSatisfy { cell in cell.utf8.contains { Ascii.isLetter($0) || $0 >= 0x80 } }
    }

    private func writeNotes() {
        for note in notes { builder.lines(note) }
        notes = []
    }
}
