/// A rule-based sentence splitter.
///
/// A sentence ends at a full stop, question or exclamation mark, followed by optional closing quotes and by white space
/// without a lower-case ASCII letter after it, but not after an abbreviation or an initial. The marks of East Asian, Devanagari,
/// Ethiopic and Armenian text need no space after them. The rows of a table, and the records of CSV
/// and JSON, are sentences. A wrong boundary has little effect: the chunker splits only
/// paragraphs that are too long, and answers then quote a few words more or less.
package enum SentenceBoundaries {
    /// - Parameter joinedBytes: the size up to which neighbours are one range, in bytes.
    /// - Returns: adjacent ranges that together cover `range`.
    package static func sentences(_ utf8: [UInt8], _ range: Range<Int>, joinedBytes: Int = 0) -> [Range<Int>] {
        var sentences = JoinedParts(from: range.lowerBound, joinedBytes)
        var i = range.lowerBound
        while i < range.upperBound {
            if let end = sentenceEnd(utf8, at: &i, range) { sentences.cut(at: end) }
        }
        return sentences.parts(upTo: range.upperBound)
    }

    /// Advances `i` by at least one byte, and returns the end of the sentence if one ends at the mark at `i`.
    private static func sentenceEnd(_ utf8: [UInt8], at i: inout Int, _ range: Range<Int>) -> Int? {
        let byte = utf8[i]
        if byte < 0x80 {
            if byte == Ascii.newline {
                i += 1
                guard i < range.upperBound else { return nil }
                return utf8[i] == Ascii.newline || TableLines.areRows(utf8, around: i - 1, in: range) ? i : nil
            }
            if let end = JSONRecords.end(utf8, at: i, range.upperBound) {
                i = end
                return end
            }
            guard byte == Ascii.period || byte == Ascii.bang || byte == Ascii.question else {
                i += 1
                return nil
            }
            let mark = i
            i = skipClosers(utf8, from: i + 1, range.upperBound)
            if isEnd(utf8, mark: mark, after: i, range) { return i }
            // The bracket after the mark may end a record.
            if JSONRecords.isBracket(utf8[i - 1]) { i -= 1 }
            return nil
        }
        let length = markLength(utf8, at: i, range.upperBound)
        guard length.bytes > 0 else {
            i += 1
            return nil
        }
        i = skipClosers(utf8, from: i + length.bytes, range.upperBound)
        return !length.needsSpace || isFollowedByNewSentence(utf8, i, range.upperBound) ? i : nil
    }

    private static func isEnd(_ utf8: [UInt8], mark: Int, after: Int, _ range: Range<Int>) -> Bool {
        guard isFollowedByNewSentence(utf8, after, range.upperBound) else { return false }
        return utf8[mark] != Ascii.period || !isAbbreviation(utf8, endingAt: mark, range.lowerBound)
    }

    /// Returns whether white space follows, and no lower-case ASCII letter after it.
    private static func isFollowedByNewSentence(_ utf8: [UInt8], _ i: Int, _ end: Int) -> Bool {
        guard i < end else { return true }
        var next = i
        while next < end {
            let white = White.length(utf8, at: next)
            if white == 0 { break }
            next += white
            // A bound, because the same white space may be scanned again for the next mark.
            if next - i > 64 { return true }
        }
        guard next > i, next < end else { return next > i }
        if JSONRecords.isBracket(utf8[next]) { return false }
        return !(Ascii.isLetter(utf8[next]) && !Ascii.isUppercase(utf8[next]))
    }

    /// Skips marks that end a sentence, closing quotes and brackets, and Markdown's emphasis.
    private static func skipClosers(_ utf8: [UInt8], from start: Int, _ end: Int) -> Int {
        var i = start
        while i < end {
            if "\"')]}*_`.!?".utf8.contains(utf8[i]) {
                i += 1
            } else if let closer = closers.first(where: { utf8[i..<end].starts(with: $0) }) {
                i += closer.count
            } else {
                let mark = utf8[i] >= 0x80 ? markLength(utf8, at: i, end).bytes : 0
                if mark == 0 { break }
                i += mark
            }
        }
        return i
    }

    private static let closers: [[UInt8]] = ["”", "’", "»", "」", "』", "）", "】", "》", "〉"].map { Array($0.utf8) }

    /// Returns the length of the non-ASCII mark at `i` that ends sentences, or 0, and whether a space must follow it.
    private static func markLength(_ utf8: [UInt8], at i: Int, _ end: Int) -> (bytes: Int, needsSpace: Bool) {
        func scalar(_ rest: UInt8...) -> Bool { utf8[(i + 1)..<end].starts(with: rest) }
        switch utf8[i] {
        case 0xE3: return (scalar(0x80, 0x82) ? 3 : 0, false)  // 。
        case 0xEF where scalar(0xBC, 0x81) || scalar(0xBC, 0x9F) || scalar(0xBC, 0x8E) || scalar(0xBD, 0xA1):
            return (3, false)  // ！ ？ ． ｡
        case 0xE2 where scalar(0x80, 0xA6): return (3, true)  // …
        case 0xE0 where scalar(0xA5, 0xA4) || scalar(0xA5, 0xA5): return (3, false)  // । ॥
        case 0xE1 where scalar(0x8D, 0xA2): return (3, false)  // ።
        case 0xD8 where scalar(0x9F): return (2, true)  // ؟
        case 0xDB where scalar(0x94): return (2, true)  // ۔
        case 0xD6 where scalar(0x89): return (2, false)  // ։
        default: return (0, false)
        }
    }

    /// Returns whether the full stop does not end a sentence, because of the word before it: `Dr.`, `e.g.`, `J.`, or an item number.
    private static func isAbbreviation(_ utf8: [UInt8], endingAt period: Int, _ lower: Int) -> Bool {
        var start = period
        while start > lower, period - start < 12, isWordByte(utf8[start - 1]) { start -= 1 }
        let word = utf8[start..<period]
        guard let first = word.first else { return false }
        if word.allSatisfy(Ascii.isDigit) { return start == lower || utf8[start - 1] == Ascii.newline }
        if word.count == 1 { return Ascii.isUppercase(first) }
        if word.contains(Ascii.period), word.count <= 6 { return true }
        return abbreviations.contains(String(decoding: word.map(Ascii.lowercased), as: UTF8.self))
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        Ascii.isLetter(byte) || Ascii.isDigit(byte) || byte == Ascii.period || byte >= 0x80
    }

    private static let abbreviations: Set<String> = [
        "mr", "mrs", "ms", "dr", "prof", "sr", "jr", "st", "mt", "vs", "cf", "al", "approx", "ca", "fig", "figs", "eq",
        "eqs", "ref", "refs", "sec", "ch", "chap", "vol", "no", "nos", "pp", "ed", "eds", "est", "dept", "univ", "inc",
        "ltd", "co", "corp", "gen", "col", "lt", "sgt", "capt", "rev", "hon", "jan", "feb", "mar", "apr", "jun", "jul",
        "aug", "sep", "sept", "oct", "nov", "dec", "bzw", "usw", "evtl", "inkl", "nr", "abs", "art", "bl", "kl", "ggf",
    ]
}
