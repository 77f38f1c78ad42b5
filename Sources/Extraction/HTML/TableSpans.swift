/// The cells of a table that span several rows or columns. Their text is repeated, so that each row is complete by itself and each
/// value is below its heading.
struct TableSpans {
    /// Maximum number of columns that cells above may occupy in a row; further spans are ignored.
    private static let columnLimit = 1_000
    /// Maximum number of columns of one cell.
    private static let cellLimit = 100
    /// Maximum length of a repeated text, in bytes. A longer one is not repeated: its place stays empty.
    private static let textLimit = 200

    private struct Carried {
        let text: [UInt8]
        /// Number of rows that it still occupies.
        var rows: Int
    }

    /// The cells of earlier rows, by column.
    private var carried: [Int: Carried] = [:]
    /// The cells of this row that occupy later rows.
    private var begun: [Int: Carried] = [:]
    private var column = 0

    /// Returns the texts of the cells from above that precede the row's next own cell.
    mutating func beginCell() -> [[UInt8]] {
        var texts: [[UInt8]] = []
        while let cell = carried[column] {
            texts.append(cell.text)
            column += 1
        }
        return texts
    }

    /// - Returns: the texts of the further columns that the cell spans.
    mutating func endCell(_ text: ArraySlice<UInt8>, _ span: HTMLNumbers?) -> [[UInt8]] {
        let repeated = text.count <= Self.textLimit ? Array(text) : []
        let columns = max(1, min(span?.first ?? 1, Self.cellLimit))
        // A span of 0 rows reaches to the end of the table.
        let rows = span.map { $0.second == 0 ? .max : $0.second } ?? 1
        for _ in 0..<columns {
            if rows > 1, carried.count + begun.count < Self.columnLimit { begun[column] = Carried(text: repeated, rows: rows - 1) }
            column += 1
        }
        return Array(repeating: repeated, count: columns - 1)
    }

    /// - Returns: the texts of the cells from above that follow the row's last own cell.
    mutating func endRow() -> [[UInt8]] {
        let texts = carried.filter { $0.key >= column }.sorted { $0.key < $1.key }.map(\.value.text)
        for (column, cell) in carried {
            if cell.rows == 1 { carried[column] = nil } else { carried[column]?.rows -= 1 }
        }
        carried.merge(begun) { _, new in new }
        begun = [:]
        column = 0
        return texts
    }
}
