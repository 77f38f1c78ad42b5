/// Recognizes lines that are rows of a table or records of CSV.
enum TableLines {
    /// Maximum number of bytes of a line to examine.
    private static let maximumBytes = 2_048

    /// Maximum number of bytes of a value before a delimiter and a space: a longer one is a clause.
    private static let maximumValue = 40

    /// Returns whether a newline separates rows of a table: one of its lines has bars between its cells, or both have as many delimiters,
    /// none of them as in prose.
    static func areRows(_ utf8: [UInt8], around newline: Int, in range: Range<Int>) -> Bool {
        var start = newline
        while start > range.lowerBound, newline - start < maximumBytes, utf8[start - 1] != Ascii.newline { start -= 1 }
        let before = utf8[start..<newline]
        let after = utf8[(newline + 1)..<range.upperBound].prefix(maximumBytes).prefix { $0 != Ascii.newline }
        if hasBars(before) || hasBars(after) { return true }
        return [UInt8(ascii: ","), Ascii.semicolon, Ascii.tab].contains { delimiter in
            guard let count = delimiters(delimiter, in: before) else { return false }
            return count > 0 && count == delimiters(delimiter, in: after)
        }
    }

    private static func hasBars(_ line: ArraySlice<UInt8>) -> Bool {
        if line.first(where: { !Ascii.isBlank($0) }) == Ascii.pipe { return true }
        return line.indices.contains { i in
            line[i] == Ascii.pipe && i > line.startIndex && Ascii.isBlank(line[i - 1]) && i + 1 < line.endIndex
                && Ascii.isBlank(line[i + 1])
        }
    }

    /// Returns the number of delimiters in the line outside of quotation marks; `nil` if they are those of prose or of numbers.
    private static func delimiters(_ delimiter: UInt8, in line: ArraySlice<UInt8>) -> Int? {
        var (count, spaced, inNumbers, longest, start) = (0, 0, 0, 0, line.startIndex)
        var isQuoted = false
        for i in line.indices {
            if line[i] == Ascii.quote, isQuoted || i == start { isQuoted.toggle() }
            guard line[i] == delimiter, !isQuoted else { continue }
            count += 1
            longest = max(longest, i - start)
            start = i + 1
            guard start < line.endIndex else { continue }
            if line[start] == Ascii.space { spaced += 1 }
            if Ascii.isDigit(line[start]), isNumberInText(line[..<i]) { inNumbers += 1 }
        }
        if delimiter == Ascii.tab { return count }
        longest = max(longest, line.endIndex - start)
        let isEnded = line.last.map { ".!?".utf8.contains($0) } ?? true
        if spaced > 0 { return spaced == count && count > 1 && longest <= maximumValue && !isEnded ? count : nil }
        return count == 1 && (inNumbers == 1 || start == line.endIndex) ? nil : count
    }

    /// Whether the text ends with a number after a space, as "cost 1" before ",000" does.
    private static func isNumberInText(_ text: ArraySlice<UInt8>) -> Bool {
        let digits = text.reversed().prefix(8).prefix(while: Ascii.isDigit).count
        return digits > 0 && text.dropLast(digits).last == Ascii.space
    }
}
