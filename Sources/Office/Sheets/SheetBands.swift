/// The division of a sheet into tables: by blank rows, and by blank columns where tables stand side by side.
enum SheetBands {
    static func split(_ rows: [SheetRow]) -> [[SheetRow]] {
        var bands: [[SheetRow]] = []
        var last = Int.min
        for row in rows {
            if bands.isEmpty || row.number > last &+ 1 { bands.append([]) }
            bands[bands.count - 1].append(row)
            last = row.number
        }
        return bands.flatMap(sideBySide)
    }

    /// Maximum number of columns of which the division is looked for.
    private static let maxColumns = 256

    private static func sideBySide(_ band: [SheetRow]) -> [[SheetRow]] {
        let used = Set(band.flatMap { $0.cells.map(\.column) }).sorted()
        guard used.count >= 4, used.count <= maxColumns, band.count >= 3 else { return [band] }
        var starts = [used[0]]
        for (left, right) in zip(used, used.dropFirst()) where right > left + 1 && isOwnTable(band, from: right, before: left) {
            starts.append(right)
        }
        guard starts.count > 1 else { return [band] }
        return starts.enumerated().map { number, start in
            let end = number + 1 < starts.count ? starts[number + 1] : Int.max
            return band.compactMap { row in
                let cells = row.cells.filter { $0.column >= start && $0.column < end }
                return cells.isEmpty ? nil : SheetRow(number: row.number, cells: cells)
            }
        }
    }

    /// Returns whether the columns from one on are a table of their own: with names in the first row, and labels in their first column.
    private static func isOwnTable(_ band: [SheetRow], from start: Int, before end: Int) -> Bool {
        var width = 0
        guard let head = band.first(where: { $0.cells.contains { $0.column == start } }), head.number == band[0].number else {
            return false
        }
        var column = start
        for cell in head.cells where cell.column >= start {
            guard cell.column == column, cell.isText else { break }
            (width, column) = (width + 1, column + 1)
        }
        guard width >= 2, head.cells.contains(where: { $0.column == end && $0.isText }) else { return false }
        let labels = band.dropFirst().compactMap { row in row.cells.first { $0.column == start } }
        return labels.count >= 2 && labels.count(where: \.isText) * 2 > labels.count
    }
}
