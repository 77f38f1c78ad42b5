/// Records of delimited text: CSV, TSV, and the like with semicolons or bars.
///
/// - Source: RFC 4180; delimiters other than the comma are common in practice.
enum DelimitedText {
    private static let delimiters: [UInt8] = [UInt8(ascii: ","), Ascii.semicolon, Ascii.tab, Ascii.pipe]

    /// Maximum size of a record, in bytes. A longer one means that a quotation mark is not the start of a value, and lines are records.
    private static let maximumRecord = 65_536

    /// Returns a block for each record, with the first one as the header of the others; paragraphs if the text has no columns.
    static func blocks(_ utf8: [UInt8], limits: ExtractLimits) throws(ExtractError) -> [TextBlock] {
        let records = records(utf8)
        guard records.count > 1, records.count <= limits.maxBlocks, let header = records.first, let delimiter = delimiter(utf8[header])
        else { return try PlainTextBlocks.blocks(utf8, limits: limits) }
        return records.enumerated().map { place, range in
            TextBlock(kind: .record(delimiter: delimiter), range: range, header: place > 0 ? header : nil)
        }
    }

    /// Returns the parts of a record after each delimiter outside of quotation marks.
    static func cells(_ utf8: [UInt8], _ range: Range<Int>, _ delimiter: UInt8) -> [Range<Int>] {
        var cells: [Range<Int>] = []
        var start = range.lowerBound
        var isQuoted = false
        for i in range {
            if utf8[i] == Ascii.quote { isQuoted.toggle() }
            guard utf8[i] == delimiter, !isQuoted else { continue }
            cells.append(start..<i + 1)
            start = i + 1
        }
        if start < range.upperBound { cells.append(start..<range.upperBound) }
        return cells
    }

    /// Returns the delimiter that occurs most often in the header, outside of quotation marks; `nil` if none does.
    private static func delimiter(_ header: ArraySlice<UInt8>) -> UInt8? {
        var counts = [Int](repeating: 0, count: delimiters.count)
        var isQuoted = false
        for byte in header {
            if byte == Ascii.quote { isQuoted.toggle() }
            if !isQuoted, let place = delimiters.firstIndex(of: byte) { counts[place] += 1 }
        }
        guard let most = counts.max(), most > 0, let place = counts.firstIndex(of: most) else { return nil }
        return delimiters[place]
    }

    private static func records(_ utf8: [UInt8]) -> [Range<Int>] {
        var records: [Range<Int>] = []
        var start = 0
        var isQuoted = false
        for i in 0...utf8.count {
            let isEnd = i == utf8.count
            if !isEnd, utf8[i] == Ascii.quote { isQuoted.toggle() }
            guard isEnd || utf8[i] == Ascii.newline && !isQuoted else {
                if i - start > maximumRecord { return lines(utf8) }
                continue
            }
            let record = White.trim(utf8, start..<i)
            if !record.isEmpty { records.append(record) }
            start = i + 1
        }
        return records
    }

    private static func lines(_ utf8: [UInt8]) -> [Range<Int>] { Lines(utf8).map { White.trim(utf8, $0) }.filter { !$0.isEmpty } }
}
