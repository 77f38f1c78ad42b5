/// Records of delimited text: CSV, TSV, and the like with semicolons or bars.
///
/// - Source: RFC 4180; delimiters other than the comma are common in practice. As in Python's `csv`, a quotation mark is one only at the
///   start of a value, so that `5" pipe` is text.
enum DelimitedText {
    private static let delimiters: [UInt8] = [UInt8(ascii: ","), Ascii.semicolon, Ascii.tab, Ascii.pipe]

    /// Maximum size of a record, in bytes. A longer one means that a quotation mark is not the start of a value, and lines are records.
    private static let maximumRecord = 65_536
    /// Number of records, and of their bytes, from which the delimiter is guessed.
    private static let sampleRecords = 32
    private static let sampleBytes = 16_384

    /// Returns a block for each record, with the one that names the columns as the header of those after it; paragraphs if the text has no
    /// columns.
    static func blocks(_ utf8: [UInt8], limits: ExtractLimits) throws(ExtractError) -> [TextBlock] {
        guard let delimiter = delimiter(utf8) else { return try PlainTextBlocks.blocks(utf8, limits: limits) }
        let records = records(utf8, delimiter)
        guard records.count > 1, records.count <= limits.maxBlocks else { return try PlainTextBlocks.blocks(utf8, limits: limits) }
        // Only the beginning of a long record is read, so that the sample has a bounded size.
        let sample = records.prefix(sampleRecords).map {
            cells(utf8, $0.clamped(to: $0.lowerBound..<$0.lowerBound + sampleBytes), delimiter)
        }
        let header = CSVHeader.place(utf8, sample)
        return records.enumerated().map { place, range in
            TextBlock(kind: .record(delimiter: delimiter), range: range, header: header.flatMap { place > $0 ? records[$0] : nil })
        }
    }

    /// Returns the parts of a record after each delimiter outside of quotation marks.
    ///
    /// - Parameter joinedBytes: the size up to which neighbours are one part, in bytes.
    static func cells(_ utf8: [UInt8], _ range: Range<Int>, _ delimiter: UInt8, joinedBytes: Int = 0) -> [Range<Int>] {
        var cells = JoinedParts(from: range.lowerBound, joinedBytes)
        var quotes = QuotedValues(delimiter: delimiter)
        for i in range where quotes.take(utf8[i]) && utf8[i] == delimiter { cells.cut(at: i + 1) }
        return cells.parts(upTo: range.upperBound)
    }

    /// Returns the delimiter that divides most records of a sample into the same number of values, and into most values if several do;
    /// `nil` if none does.
    private static func delimiter(_ utf8: [UInt8]) -> UInt8? {
        let sample = utf8.prefix(sampleBytes)
        var best: (delimiter: UInt8, share: Double, count: Int)?
        for delimiter in delimiters where sample.contains(delimiter) {
            var counts: [Int: Int] = [:]
            let records = records(Array(sample), delimiter, limit: sampleRecords)
            for record in records { counts[cells(utf8, record, delimiter).count, default: 0] += 1 }
            guard let usual = counts.filter({ $0.key > 1 }).max(by: { ($0.value, $0.key) < ($1.value, $1.key) }) else { continue }
            let share = Double(usual.value) / Double(records.count)
            if best.map({ (share, usual.key) > ($0.share, $0.count) }) ?? true { best = (delimiter, share, usual.key) }
        }
        return best?.delimiter
    }

    private static func records(_ utf8: [UInt8], _ delimiter: UInt8, limit: Int = .max) -> [Range<Int>] {
        var records: [Range<Int>] = []
        var start = 0
        var quotes = QuotedValues(delimiter: delimiter)
        for i in 0...utf8.count where records.count < limit {
            let isEnd = i == utf8.count
            let isOutside = isEnd || quotes.take(utf8[i])
            guard isEnd || utf8[i] == Ascii.newline && isOutside else {
                if i - start > maximumRecord { return lines(utf8, limit) }
                continue
            }
            let record = White.trim(utf8, start..<i)
            if !record.isEmpty { records.append(record) }
            start = i + 1
        }
        return records
    }

    private static func lines(_ utf8: [UInt8], _ limit: Int) -> [Range<Int>] {
        Array(Lines(utf8).lazy.map { White.trim(utf8, $0) }.filter { !$0.isEmpty }.prefix(limit))
    }
}

/// Follows the quotation marks of delimited text.
private struct QuotedValues {
    let delimiter: UInt8
    private enum State { case start, unquoted, quoted, mark }
    private var state = State.start

    init(delimiter: UInt8) { self.delimiter = delimiter }

    /// Takes the next byte; returns whether it is outside of quotation marks.
    mutating func take(_ byte: UInt8) -> Bool {
        if state == .quoted {
            if byte == Ascii.quote { state = .mark }
            return false
        }
        switch byte {
        // In a quoted value, two marks are one character.
        case Ascii.quote where state == .start || state == .mark: state = .quoted
        case delimiter, Ascii.newline: state = .start
        case Ascii.space where state == .start: break
        default: state = .unquoted
        }
        return true
    }
}
