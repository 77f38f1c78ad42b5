/// Recognizes lines that are rows of a table or records of CSV.
enum TableLines {
    /// Maximum number of bytes of a line to examine.
    private static let maximumBytes = 2_048

    /// Returns whether the lines before and after a newline are rows of one table: both have bars between their cells, or as many
    /// delimiters as the other, none of them before a space as in prose.
    static func areRows(_ utf8: [UInt8], around newline: Int, in range: Range<Int>) -> Bool {
        var start = newline
        while start > range.lowerBound, newline - start < maximumBytes, utf8[start - 1] != Ascii.newline { start -= 1 }
        let before = utf8[start..<newline]
        let after = utf8[(newline + 1)..<range.upperBound].prefix(maximumBytes).prefix { $0 != Ascii.newline }
        if hasBars(before), hasBars(after) { return true }
        return [UInt8(ascii: ","), Ascii.semicolon, Ascii.tab].contains { delimiter in
            let count = delimiters(delimiter, in: before)
            return count > (delimiter == Ascii.tab ? 0 : 1) && count == delimiters(delimiter, in: after)
        }
    }

    private static func hasBars(_ line: ArraySlice<UInt8>) -> Bool {
        if line.first(where: { !Ascii.isBlank($0) }) == Ascii.pipe { return true }
        return line.indices.contains { i in
            line[i] == Ascii.pipe && i > line.startIndex && Ascii.isBlank(line[i - 1]) && i + 1 < line.endIndex && Ascii.isBlank(line[i + 1])
        }
    }

    /// Returns the number of delimiters in the line; 0 if a space follows one.
    private static func delimiters(_ delimiter: UInt8, in line: ArraySlice<UInt8>) -> Int {
        var count = 0
        for i in line.indices where line[i] == delimiter {
            if i + 1 < line.endIndex, line[i + 1] == Ascii.space { return 0 }
            count += 1
        }
        return count
    }
}
