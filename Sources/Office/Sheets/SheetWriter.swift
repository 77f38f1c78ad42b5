import Extraction

/// The writing of sheets: rows that belong together as tables, with the names of their columns.
///
/// Rows are held until the layout of the sheet is known; those of a large sheet only as far as `maxHeldCells`.
final class SheetWriter {
    private var builder: DocumentBuilder
    private var held: [SheetRow] = []
    private var heldCells = 0
    private var layout: SheetTable?
    private(set) var hasRows = false

    /// Maximum number of cells that are held. Merged cells of a sheet with more are not repeated.
    private static let maxHeldCells = 200_000
    /// Maximum number of rows that the cells of merged ranges are repeated in, for a sheet.
    private static let maxRepeated = 200_000
    /// Maximum length of a text that is repeated in the rows that its cell spans, in bytes.
    private static let maxRepeatedBytes = 200

    init(_ builder: DocumentBuilder) { self.builder = builder }

    var isFull: Bool { builder.isFull }

    func document(title: String?, mediaType: MediaType) throws(ExtractError) -> ExtractedDocument {
        try builder.document(title: title, mediaType: mediaType)
    }

    /// Begins the part of a sheet. A hidden one has a part without text, so that the others keep their numbers.
    func beginSheet(_ name: String, isHidden: Bool) {
        builder.beginPart(.sheet, label: name)
        (held, heldCells, layout, hasRows) = ([], 0, nil, false)
        if !isHidden { pendingName = name } else { pendingName = nil }
    }

    /// The name of the sheet, until its first content is written.
    private var pendingName: String?

    private func writeName() {
        guard let name = pendingName else { return }
        pendingName = nil
        builder.heading(name, level: 2)
    }

    func write(_ block: ContentBlock) {
        writeName()
        block.write(to: &builder)
    }

    func add(_ row: SheetRow) throws(ExtractError) {
        hasRows = true
        if layout != nil {
            layout?.write(row, to: &builder)
        } else {
            held.append(row)
            heldCells += row.cells.count
            if heldCells > Self.maxHeldCells { flush(isWhole: false) }
        }
        if builder.isFull { throw ExtractError(.tooLarge, "the workbook has too much text") }
    }

    /// Ends the rows of a sheet.
    func endRows(_ merged: [MergedCells]) {
        if layout == nil {
            repeatMerged(merged)
            flush(isWhole: true)
        }
        layout?.end(&builder)
        layout = nil
    }

    private func flush(isWhole: Bool) {
        guard !held.isEmpty else { return }
        writeName()
        let bands = SheetBands.split(held)
        held = []
        var table = SheetTable()
        for (number, band) in bands.enumerated() {
            table.begin(band, &builder)
            if number == bands.count - 1, !isWhole { layout = table }
        }
        if isWhole { table.end(&builder) }
    }

    /// Repeats the text of a merged cell in the rows below its first one, so that each row is complete by itself.
    private func repeatMerged(_ merged: [MergedCells]) {
        let tall = merged.filter { $0.rows.count > 1 }
        guard !tall.isEmpty else { return }
        var places: [Int: Int] = [:]
        for (place, row) in held.enumerated() { places[row.number] = place }
        var repeated = 0
        var touched: Set<Int> = []
        for range in tall {
            guard let first = places[range.rows.lowerBound],
                let cell = held[first].cells.first(where: { $0.column == range.columns.lowerBound }),
                cell.text.utf8.count <= Self.maxRepeatedBytes
            else { continue }
            for number in range.rows.dropFirst() {
                repeated += 1
                guard repeated <= Self.maxRepeated else { break }
                guard let place = places[number], !held[place].cells.contains(where: { $0.column == cell.column }) else { continue }
                held[place].cells.append(cell)
                touched.insert(place)
            }
        }
        for place in touched { held[place].cells.sort { $0.column < $1.column } }
    }
}
