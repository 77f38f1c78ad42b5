import Extraction

/// A reader of the rows of a worksheet.
final class SheetHandler: XMLHandler {
    enum Element: String {
        case row = "x:row"
        case cell = "x:c"
        case value = "x:v"
        case inline = "x:is"
        case text = "x:t"
        case phonetic = "x:rPh"
        case merged = "x:mergeCell"
    }

    private let strings: [String]
    private let styles: SheetStyles
    private let write: (SheetRow) throws(ExtractError) -> Void
    private(set) var merged: [MergedCells] = []

    private var row = SheetRow(number: -1, cells: [])
    private var column = -1
    private var type: CellType = .number
    private var style: Int?
    private var value: [UInt8] = []
    private var isInValue = false
    private var inlines = 0
    private var phonetics = 0

    private enum CellType { case number, shared, text, truth, error, date }

    /// Maximum number of merged ranges that are noted.
    private static let maxMerged = 100_000

    /// - Parameter write: receives the rows that are not blank, in order.
    init(_ strings: [String], _ styles: SheetStyles, write: @escaping (SheetRow) throws(ExtractError) -> Void) {
        (self.strings, self.styles, self.write) = (strings, styles, write)
    }

    func start(_ element: Element, _ attributes: XMLAttributes) throws(ExtractError) {
        switch element {
        case .row:
            let number = attributes.int("r").map { min(max($0 - 1, 0), CellReference.maxRows) } ?? row.number + 1
            row = SheetRow(number: number, cells: [])
            column = -1
        case .cell:
            let place = attributes.bytes("r").flatMap { CellReference.parse($0) }
            column = min(place?.column ?? column + 1, CellReference.maxColumns)
            type = Self.type(attributes.bytes("t"))
            style = attributes.int("s")
            value.removeAll(keepingCapacity: true)
        case .value: isInValue = true
        case .inline: inlines += 1
        case .text: isInValue = inlines > 0
        case .phonetic: phonetics += 1
        case .merged:
            if merged.count < Self.maxMerged, let range = attributes["ref"].flatMap(CellReference.range) { merged.append(range) }
        }
    }

    func end(_ element: Element) throws(ExtractError) {
        switch element {
        case .row:
            guard !row.cells.isEmpty else { return }
            try write(row)
            row.cells = []
        case .cell: endCell()
        case .value, .text: isInValue = false
        case .inline: inlines = max(0, inlines - 1)
        case .phonetic: phonetics = max(0, phonetics - 1)
        case .merged: break
        }
    }

    func text(_ bytes: UnsafeBufferPointer<UInt8>) {
        if isInValue, phonetics == 0 { value.append(contentsOf: bytes) }
    }

    private static func type(_ name: UnsafeBufferPointer<UInt8>?) -> CellType {
        guard let name, let first = name.first else { return .number }
        switch first {
        case UInt8(ascii: "s"): return name.count == 1 ? .shared : .text
        case UInt8(ascii: "i"): return .text
        case UInt8(ascii: "b"): return .truth
        case UInt8(ascii: "e"): return .error
        case UInt8(ascii: "d"): return .date
        default: return .number
        }
    }

    private func endCell() {
        guard !value.isEmpty else { return }
        let text: String
        var isText = false
        switch type {
        case .shared:
            guard let index = Int(String(decoding: value, as: UTF8.self)), strings.indices.contains(index) else { return }
            (text, isText) = (styles[style]?.text(strings[index]) ?? strings[index], true)
        case .text:
            let own = String(decoding: value, as: UTF8.self)
            (text, isText) = (styles[style]?.text(own) ?? own, true)
        case .truth: text = value == [UInt8(ascii: "1")] ? "TRUE" : "FALSE"
        case .error: text = String(decoding: value, as: UTF8.self)
        case .date: text = String(decoding: value, as: UTF8.self)
        case .number:
            let number = String(decoding: value, as: UTF8.self)
            if let format = styles[style], let value = Double(number.trimmed) {
                text = format.text(value)
            } else {
                text = NumberText.plain(number)
            }
        }
        if text.utf8.allSatisfy(Ascii.isWhite) { return }
        row.cells.append(SheetCell(column: column, text: text, isText: isText))
    }
}
