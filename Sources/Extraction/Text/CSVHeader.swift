/// The record of delimited text that names the columns.
enum CSVHeader {
    /// Share of the records of a sample in which a column's values look alike, for it to have a form.
    private static let usualShare = 0.8

    /// Returns the place of the record that names the columns: the first with as many values as most, unless it looks like those below.
    ///
    /// - Parameter sample: the ranges of the values of the first records.
    static func place(_ utf8: [UInt8], _ sample: [[Range<Int>]]) -> Int? {
        var counts: [Int: Int] = [:]
        for record in sample { counts[record.count, default: 0] += 1 }
        guard let usual = counts.max(by: { ($0.value, $0.key) < ($1.value, $1.key) })?.key, usual > 1,
            let place = sample.firstIndex(where: { $0.count == usual })
        else { return nil }
        let rows = sample[(place + 1)...].filter { $0.count == usual }
        guard !rows.isEmpty else { return place }
        let looksLikeData = sample[place].indices.contains { column in
            let form = form(utf8[sample[place][column]])
            guard form.contains(UInt8(ascii: "9")), !isYear(utf8[sample[place][column]]) else { return false }
            return Double(rows.count { Self.form(utf8[$0[column]]) == form }) >= usualShare * Double(rows.count)
        }
        return looksLikeData ? nil : place
    }

    /// Returns the value's form: "SKU1004," and "AB17," are both "a9".
    private static func form(_ value: ArraySlice<UInt8>) -> [UInt8] {
        var form: [UInt8] = []
        for byte in value.prefix(64) where byte != Ascii.quote && byte != Ascii.space {
            let sign = Ascii.isDigit(byte) ? UInt8(ascii: "9") : Ascii.isLetter(byte) || byte >= 0x80 ? UInt8(ascii: "a") : byte
            if form.last != sign { form.append(sign) }
        }
        while let last = form.last, [UInt8(ascii: ","), Ascii.semicolon, Ascii.tab, Ascii.pipe].contains(last) { form.removeLast() }
        return form
    }

    /// Whether the value is a year, as columns are often called.
    private static func isYear(_ value: ArraySlice<UInt8>) -> Bool {
        let digits = value.filter(Ascii.isDigit)
        return digits.count == 4 && (digits.starts(with: "19".utf8) || digits.starts(with: "20".utf8)) && form(value) == [UInt8(ascii: "9")]
    }
}
