/// The tables of encodings, decoded once each: the scalar at each place, 0 for none. All of them are in the Basic Multilingual Plane.
enum CharsetTables {
    static let shiftJIS = table(ShiftJISTable.text, 60 * 188)
    static let korean = table(KoreanTable.text, 126 * 178)
    static let chinese = table(ChineseTable.text, 126 * 190)
    static let big5 = table(Big5Table.text, 126 * 157)
    static let singleByte: [Charset: [UInt16]] = SingleByteTables.texts.mapValues { table($0, 256) }

    /// The first number and the first scalar of each range of four bytes in GB 18030.
    static let chineseRanges: [(number: Int, scalar: UInt32)] = GB18030Ranges.text.split(whereSeparator: \.isWhitespace).compactMap {
        pair in
        let halves = pair.split(separator: ":")
        guard halves.count == 2, let number = Int(halves[0], radix: 16), let scalar = UInt32(halves[1], radix: 16) else { return nil }
        return (number, scalar)
    }

    private static func table(_ text: String, _ count: Int) -> [UInt16] {
        var table = [UInt16](repeating: 0, count: count)
        for line in text.unicodeScalars.split(separator: "\n") {
            guard let space = line.firstIndex(of: " "), let start = Int(String(line[..<space]), radix: 16) else { continue }
            for (i, scalar) in line[line.index(after: space)...].enumerated() where start + i < count {
                table[start + i] = UInt16(truncatingIfNeeded: scalar.value)
            }
        }
        return table
    }
}
