import Extraction

/// A table of a slide.
enum SlideTable {
    static func table(_ element: XMLElement) -> ContentTable {
        var table = ContentTable()
        table.marksFirstRow = element.first("a:tblPr")?["firstRow"].map { WordToggle.isOn($0) } ?? false
        table.rows = element.all("a:tr").map { row in
            // A cell that continues another one to the right is part of that one's width.
            ContentTable.Row(cells: row.all("a:tc").filter { $0["hMerge"].map { !WordToggle.isOn($0) } ?? true }.map(cell))
        }
        return table
    }

    private static func cell(_ element: XMLElement) -> ContentTable.Cell {
        var cell = ContentTable.Cell()
        let text = DrawingText.line(element.first("a:txBody"))
        if !text.isEmpty { cell.blocks = [.paragraph(text)] }
        cell.columns = min(max(element["gridSpan"].flatMap { Int($0) } ?? 1, 1), ContentTable.maxSpan)
        cell.continuesAbove = element["vMerge"].map { WordToggle.isOn($0) } ?? false
        return cell
    }
}
