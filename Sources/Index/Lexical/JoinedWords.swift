/// A recognizer of consecutive words that are also written as one: "e-mail" and "email", "Node.js" and "nodejs", "5,871,234" and "5871234".
///
/// Words are joined if the same single mark, and nothing else, is between each two of them. A number may have another mark before its
/// fraction: "5.871.234,50" is "5871234.50".
struct JoinedWords {
    /// Maximum number of words to join; a longer run is a list or a path, and has no joined spelling.
    private static let limit = 12

    private static let wordMarks = ["-", ".", "\u{2010}", "\u{2011}", "\u{2013}"].map { Array($0.utf8) }
    /// Marks between groups of digits: comma, apostrophes, and spaces of several widths.
    private static let digitMarks = [
        ",", "'", "\u{2019}", "\u{66C}", "\u{FF0C}", "\u{B7}", "\u{2D9}", " ", "\u{A0}", "\u{2007}", "\u{2009}", "\u{202F}",
    ].map { Array($0.utf8) }
    /// Marks before the fraction of a number whose groups have another mark.
    private static let decimalMarks = [",", "\u{66B}"].map { Array($0.utf8) }

    private let text: [UInt8]
    private var words: [Range<Int>] = []
    private var lastIsNumber = false
    private var mark = 0..<0
    private var isTooLong = false

    init(_ text: [UInt8]) { self.text = text }

    /// Adds the next word.
    ///
    /// - Returns: the joined spellings of the words before it, if their run ends there and has one.
    mutating func add(_ word: WordScanner.Word) -> [[UInt8]] {
        defer { lastIsNumber = word.isNumber }
        guard let last = words.last else {
            if word.kind != .unspaced { words.append(word.bytes) }
            return []
        }
        let gap = last.upperBound..<word.bytes.lowerBound
        let isJoined = word.kind != .unspaced && joins(gap, before: word)
        if isJoined, words.count == 1 || text[gap].elementsEqual(text[mark]) {
            append(word.bytes, after: gap)
            return []
        }
        let joined = spellings + [fraction(word, after: gap)].compactMap(\.self)
        words.removeAll(keepingCapacity: true)
        isTooLong = false
        if isJoined { words.append(last) }
        if word.kind != .unspaced { append(word.bytes, after: gap) }
        return joined
    }

    /// Returns the words with the fraction that follows them, if they are the groups of a number.
    private func fraction(_ word: WordScanner.Word, after gap: Range<Int>) -> [UInt8]? {
        guard lastIsNumber, word.isNumber, words.count > 1, !isTooLong, Self.decimalMarks.contains(where: text[gap].elementsEqual) else {
            return nil
        }
        return DigitGroups.number(words.map { Folding.word(text[$0]) }).flatMap { DigitGroups.decimal($0, Folding.word(text[word.bytes])) }
    }

    private mutating func append(_ word: Range<Int>, after gap: Range<Int>) {
        mark = gap
        if words.count == Self.limit { isTooLong = true }
        if isTooLong { words[words.count - 1] = word } else { words.append(word) }
    }

    /// The joined spellings of the words added last, folded: a number also without its fraction.
    var spellings: [[UInt8]] {
        guard let spelling else { return [] }
        let whole = spelling.prefix(while: DigitGroups.isDigit)
        let hasFraction = whole.count >= Self.leastWhole && whole.count < spelling.count && spelling[whole.endIndex] == UInt8(ascii: ".")
        return hasFraction ? [spelling, Array(whole)] : [spelling]
    }

    /// Minimum length of a number whose whole part is a spelling: one of two groups.
    private static let leastWhole = 4

    private var spelling: [UInt8]? {
        guard words.count > 1, !isTooLong else { return nil }
        let folded = words.map { Folding.word(text[$0]) }
        if Self.wordMarks.contains(where: text[mark].elementsEqual) { return folded.flatMap { $0 } }
        if let number = DigitGroups.number(folded) { return number }
        guard folded.count == 2, Self.decimalMarks.contains(where: text[mark].elementsEqual) else { return nil }
        let groups = folded[0].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let whole = DigitGroups.areValid(groups) ? groups.flatMap { $0 } : folded[0]
        return DigitGroups.decimal(whole, folded[1])
    }

    /// Whether the mark joins the last word to `word`. Most gaps are a space between words that are not numbers, so that is decided first.
    private func joins(_ gap: Range<Int>, before word: WordScanner.Word) -> Bool {
        guard (1...3).contains(gap.count) else { return false }
        if lastIsNumber && word.isNumber && Self.digitMarks.contains(where: text[gap].elementsEqual) { return true }
        return text[gap.lowerBound] != UInt8(ascii: " ") && Self.wordMarks.contains(where: text[gap].elementsEqual)
    }
}
