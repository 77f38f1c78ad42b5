import Extraction

/// The table that is being written: its columns, and whether their names are known.
struct SheetTable {
    /// The columns that have cells, in order; a cell's place in the row is that of its column.
    private var columns: [Int] = []
    private var places: [Int: Int] = [:]
    private var hasHeader = false
    private var isOpen = false
    private var lastRow = Int.min

    /// Maximum number of rows above the data that may name columns.
    private static let maxHeaderRows = 3
    /// Maximum number of rows by which a part of a table may be apart from the part that has the names of its columns.
    private static let maxGap = 3
    /// In a row with less than one cell for so many columns, blank cells are left out.
    private static let sparsity = 16

    /// Writes a band of rows: titles, names of columns, data.
    mutating func begin(_ band: [SheetRow], _ builder: inout DocumentBuilder) {
        var rows = band[...]
        let used = Set(band.flatMap { $0.cells.map(\.column) }).sorted()
        if used.count == 1 { return writeColumn(band, &builder) }
        let titles = rows.prefix { $0.cells.count == 1 }
        let header = headerRows(rows.dropFirst(titles.count))
        let continues = header == 0 && hasHeader && continuesTable(band, used)
        if !continues {
            for title in titles { builder.paragraph(title.cells[0].text) }
            rows = rows.dropFirst(titles.count)
            open(used, hasHeader: header > 0, &builder)
        }
        for (number, row) in rows.enumerated() {
            if builder.isFull { return }
            builder.tableRow(texts(row), isHeader: !continues && number < header)
        }
        lastRow = band.last?.number ?? lastRow
    }

    /// Writes a row below the last one, of a sheet that is too large to be divided first.
    mutating func write(_ row: SheetRow, to builder: inout DocumentBuilder) {
        builder.tableRow(texts(row))
        lastRow = row.number
    }

    mutating func end(_ builder: inout DocumentBuilder) { self = SheetTable() }

    private mutating func open(_ used: [Int], hasHeader: Bool, _ builder: inout DocumentBuilder) {
        builder.beginTable()
        columns = used
        places = Dictionary(uniqueKeysWithValues: used.enumerated().map { ($1, $0) })
        (self.hasHeader, isOpen) = (hasHeader, true)
    }

    /// Writes rows of a single cell: few of them are text around tables, many a list.
    private mutating func writeColumn(_ band: [SheetRow], _ builder: inout DocumentBuilder) {
        if hasHeader, continuesTable(band, [band[0].cells[0].column]), band[0].cells[0].column != columns.first {
            for row in band { builder.tableRow(texts(row)) }
            lastRow = band.last?.number ?? lastRow
            return
        }
        hasHeader = false
        let isList = band.count > 3
        if isList { builder.beginTable() }
        let isNamed = isList && band[0].cells[0].isText && !band[1...].contains { $0.cells[0].isText }
        for (number, row) in band.enumerated() {
            if isList {
                builder.tableRow([row.cells[0].text], isHeader: isNamed && number == 0)
            } else {
                builder.paragraph(row.cells[0].text)
            }
        }
        lastRow = band.last?.number ?? lastRow
    }

    private func continuesTable(_ band: [SheetRow], _ used: [Int]) -> Bool {
        guard isOpen, let first = band.first, first.number > lastRow, first.number - lastRow <= Self.maxGap else { return false }
        return used.allSatisfy { places[$0] != nil }
    }

    /// Returns how many rows at the start name the columns: they have only text, and data follows.
    private func headerRows(_ rows: ArraySlice<SheetRow>) -> Int {
        let texts = rows.prefix(Self.maxHeaderRows).prefix { row in row.cells.allSatisfy(Self.isName) && row.cells.contains(where: \.isText)
        }
        guard !texts.isEmpty, rows.count > 1 else { return 0 }
        let hasNumbers = rows.contains { $0.cells.contains { !$0.isText } }
        // Where all cells are text, only the first row can be told from the others.
        let candidates = hasNumbers && texts.count < rows.count ? Array(texts) : Array(texts.prefix(1))
        let widest = candidates.map(\.cells.count).max() ?? 0
        guard widest >= 2, let place = candidates.firstIndex(where: { $0.cells.count == widest }) else { return 0 }
        return place + 1 < rows.count ? place + 1 : 0
    }

    /// Years name columns too.
    private static func isName(_ cell: SheetCell) -> Bool {
        if cell.isText { return true }
        guard let year = Int(cell.text) else { return false }
        return (1900...2100).contains(year)
    }

    private func texts(_ row: SheetRow) -> [String] {
        if columns.count > Self.sparsity, row.cells.count * Self.sparsity < columns.count { return row.cells.map(\.text) }
        var texts: [String] = []
        for cell in row.cells {
            if let place = places[cell.column] { while texts.count < place { texts.append("") } }
            texts.append(cell.text)
        }
        return texts
    }
}
