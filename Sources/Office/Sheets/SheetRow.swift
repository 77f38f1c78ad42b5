/// A cell that is not blank.
struct SheetCell {
    /// From 0.
    let column: Int
    let text: String
    /// Whether the cell has text, and not a number, date or truth value.
    let isText: Bool
}

/// A row with its cells in the order of their columns.
struct SheetRow {
    /// From 0.
    let number: Int
    var cells: [SheetCell]
}

/// A range of cells that are shown as one.
struct MergedCells {
    let rows: ClosedRange<Int>
    let columns: ClosedRange<Int>
}

/// References to cells, such as `AB12`.
enum CellReference {
    static let maxColumns = 16_384
    static let maxRows = 1_048_576

    /// - Returns: row and column from 0; `nil` if the text is no reference.
    static func parse(_ text: some Sequence<UInt8>) -> (row: Int, column: Int)? {
        var (column, row) = (0, 0)
        for byte in text {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z") where row == 0: column = column * 26 + Int(byte - UInt8(ascii: "A")) + 1
            case UInt8(ascii: "a")...UInt8(ascii: "z") where row == 0: column = column * 26 + Int(byte - UInt8(ascii: "a")) + 1
            case UInt8(ascii: "0")...UInt8(ascii: "9"): row = row * 10 + Int(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "$"): continue
            default: return nil
            }
            guard column <= maxColumns, row <= maxRows else { return nil }
        }
        return column > 0 && row > 0 ? (row - 1, column - 1) : nil
    }

    /// - Parameter text: `A1:B2`.
    static func range(_ text: String) -> MergedCells? {
        let ends = text.utf8.split(separator: UInt8(ascii: ":"))
        guard ends.count == 2, let first = parse(ends[0]), let last = parse(ends[1]), first.row <= last.row, first.column <= last.column
        else { return nil }
        return MergedCells(rows: first.row...last.row, columns: first.column...last.column)
    }
}
