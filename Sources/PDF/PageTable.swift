/// A table of a page.
struct PageTable {
    var rows: [[String]]
    /// The baselines of the rows.
    var heights: [Float]
    var headerRows: Int
    /// In the frame of the page's text.
    var box: Box

    /// The same table without columns that are empty in every row.
    var withoutEmptyColumns: PageTable {
        let count = rows.map(\.count).max() ?? 0
        let used = (0..<count).filter { column in rows.contains { column < $0.count && !$0[column].isEmpty } }
        guard used.count < count else { return self }
        var table = self
        table.rows = rows.map { row in used.compactMap { $0 < row.count ? row[$0] : nil } }
        return table
    }

    /// The same table with the right column first, if it is in Arabic or Hebrew.
    var inReadingOrder: PageTable {
        var (rightToLeft, others) = (0, 0)
        for scalar in rows.joined().joined().unicodeScalars where scalar.isLetter {
            if Bidi.isRightToLeft(scalar.value) { rightToLeft += 1 } else { others += 1 }
        }
        guard rightToLeft > others else { return self }
        var table = self
        table.rows = rows.map { $0.reversed() }
        return table
    }
}

/// A table without rules, from columns whose lines stand side by side.
struct AlignedTable {
    let table: PageTable?
    /// Whether the lines of the columns are parts of sentences that go on below, so that they are columns of a text.
    let isText: Bool

    init(_ alignment: ColumnAlignment) {
        var lines = Self.lines(alignment)
        lines.sort { $0.v > $1.v }
        let rows = Self.rows(lines, columns: alignment.columns.count)
        isText = Self.isText(lines)
        var box = Box.none
        for segment in alignment.columns.joined() { box.formUnion(alignment.segments[segment].box) }
        table = rows.isEmpty ? nil : PageTable(rows: rows.map(\.cells), heights: rows.map(\.v), headerRows: Self.headerRows(rows), box: box)
    }

    private struct Line {
        var cells: [String]
        var v: Float
        var size: Float
        var isBold: Bool
    }

    /// The lines of the table: segments on one baseline.
    private static func lines(_ alignment: ColumnAlignment) -> [Line] {
        let set = alignment.set
        let all = alignment.columns.enumerated().flatMap { column, members in members.map { (column, $0) } }
        var lines: [(v: Float, size: Float, words: [[Int]])] = []
        for (column, index) in all.sorted(by: { alignment.segments[$0.1].v > alignment.segments[$1.1].v }) {
            let segment = alignment.segments[index]
            guard case .words(let words) = segment.content else { continue }
            if let last = lines.last, last.v - segment.v < max(last.size, segment.size) * 0.45 {
                lines[lines.count - 1].words[column] += words
            } else {
                var cells = [[Int]](repeating: [], count: alignment.columns.count)
                cells[column] = words
                lines.append((segment.v, segment.size, cells))
            }
        }
        return lines.map { line in
            let cells = line.words.map { TextLine($0.sorted { set.words[$0].u0 < set.words[$1].u0 }, of: set) }
            let present = cells.compactMap { $0 }
            return Line(cells: cells.map { $0?.text ?? "" }, v: line.v, size: line.size, isBold: present.allSatisfy(\.isBold))
        }
    }

    private static func isText(_ lines: [Line]) -> Bool {
        var continued = 0
        var total = 0
        for (above, line) in zip(lines, lines.dropFirst()) {
            for (cell, before) in zip(line.cells, above.cells) where !cell.isEmpty && !before.isEmpty {
                total += 1
                if cell.unicodeScalars.first?.isSmall == true, !ParagraphFinder.ends(before) { continued += 1 }
            }
        }
        return total > 0 && continued * 10 >= total * 5
    }

    /// Joins the lines of one row: those near the line above that leave the first column empty and hold no number.
    private static func rows(_ lines: [Line], columns: Int) -> [Line] {
        var rows: [Line] = []
        var lastV: Float = 0
        let gaps = zip(lines, lines.dropFirst()).map { $0.v - $1.v }.sorted()
        let usual = gaps.isEmpty ? 0 : gaps[gaps.count / 2]
        for line in lines {
            if let row = rows.last, continues(line, row, gap: lastV - line.v, usual: usual) {
                rows[rows.count - 1].cells = zip(row.cells, line.cells).map { $0.isEmpty ? $1 : $1.isEmpty ? $0 : $0 + " " + $1 }
            } else {
                rows.append(line)
            }
            lastV = line.v
        }
        return rows
    }

    private static func continues(_ line: Line, _ row: Line, gap: Float, usual: Float) -> Bool {
        guard line.cells.first?.isEmpty == true, gap < line.size * 1.6, gap <= usual * 1.1 else { return false }
        return line.cells.allSatisfy { $0.isEmpty || !isNumber($0) }
            && line.cells.count { !$0.isEmpty } < max(2, row.cells.count { !$0.isEmpty })
    }

    static func isNumber(_ text: String) -> Bool {
        let digits = text.unicodeScalars.count { $0.value >= 0x30 && $0.value <= 0x39 }
        let letters = text.unicodeScalars.count(where: \.isLetter)
        return digits > 0 && digits >= letters
    }

    /// The first row names the columns if it has no numbers and rows below have, or if it alone is bold.
    private static func headerRows(_ rows: [Line]) -> Int {
        guard rows.count > 1 else { return 0 }
        for count in 1...min(3, rows.count - 1) {
            let row = rows[count - 1]
            let filled = row.cells.count { !$0.isEmpty }
            guard filled * 2 > row.cells.count, !row.cells.contains(where: isNumber) else { continue }
            if row.isBold && !rows[count].isBold || rows[count...].contains(where: { $0.cells.contains(where: isNumber) }) { return count }
            return 0
        }
        return 0
    }
}
