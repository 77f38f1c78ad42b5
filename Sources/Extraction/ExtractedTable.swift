extension ExtractedDocument {
    /// The tables, each with the cells of its rows: neighbouring rows with no blank line between them, or neighbouring records.
    ///
    /// - Complexity: linear in the size of the text.
    package var tables: [[[String]]] {
        let utf8 = Array(text.utf8)
        var tables: [[[String]]] = []
        var last: TextBlock?
        for block in blocks {
            guard let rows = Self.rows(of: block, utf8) else {
                last = nil
                continue
            }
            let joins = last.map { Self.joins($0, block, utf8) } ?? false
            if !joins { tables.append([]) }
            tables[tables.count - 1] += rows
            last = block
        }
        return tables.filter { !$0.isEmpty }
    }

    private static func joins(_ last: TextBlock, _ next: TextBlock, _ utf8: [UInt8]) -> Bool {
        guard next.kind == last.kind else { return false }
        if case .record = next.kind { return true }
        return utf8[last.range.upperBound..<next.range.lowerBound].count { $0 == Ascii.newline } <= 1
    }

    /// Returns the rows of a block, which are one, or two lines of Markdown's header without that of dashes; `nil` for other blocks.
    private static func rows(of block: TextBlock, _ utf8: [UInt8]) -> [[String]]? {
        switch block.kind {
        case .tableRow: return utf8[block.range].split(separator: Ascii.newline).map(rowCells).filter { !$0.isEmpty }
        case .record(let delimiter):
            let values = DelimitedText.cells(utf8, block.range, delimiter).map { value(utf8[$0], delimiter) }
            return [utf8[block.range].last == delimiter ? values + [""] : values]
        case .heading, .paragraph, .listItem, .code, .json, .quote: return nil
        }
    }

    private static func rowCells(_ line: ArraySlice<UInt8>) -> [String] {
        let line = Array(line)
        let row = line[White.trim(line, 0..<line.count)]
        var cells: [[UInt8]] = [[]]
        var isEscaped = false
        for byte in row {
            if byte == Ascii.pipe, isEscaped { cells[cells.count - 1].removeLast() }
            if byte == Ascii.pipe, !isEscaped { cells.append([]) } else { cells[cells.count - 1].append(byte) }
            isEscaped = byte == Ascii.backslash && !isEscaped
        }
        if row.first == Ascii.pipe { cells.removeFirst() }
        if row.count > 1, row.last == Ascii.pipe { cells.removeLast() }
        let isRule = cells.allSatisfy { cell in cell.contains(Ascii.hyphen) && cell.allSatisfy { " -:".utf8.contains($0) } }
        return isRule ? [] : cells.map { String(decoding: $0[White.trim($0, 0..<$0.count)], as: UTF8.self) }
    }

    /// Returns a value of a record without the delimiter after it and without its quotation marks.
    private static func value(_ cell: ArraySlice<UInt8>, _ delimiter: UInt8) -> String {
        var bytes = Array(cell.last == delimiter ? cell.dropLast() : cell)
        bytes = Array(bytes[White.trim(bytes, 0..<bytes.count)])
        guard bytes.count >= 2, bytes.first == Ascii.quote, bytes.last == Ascii.quote else { return String(decoding: bytes, as: UTF8.self) }
        return String(decoding: bytes[1..<bytes.count - 1], as: UTF8.self).replacing("\"\"", with: "\"")
    }
}
