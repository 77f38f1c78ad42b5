/// A recognizer of consecutive words that are also written as one: "e-mail" and "email", "Node.js" and "nodejs", "5,871,234" and "5871234".
///
/// Words are joined if the same single mark, and nothing else, is between each two of them.
struct JoinedWords {
    /// Maximum number of words to join; a longer run is a list or a path, and has no joined spelling.
    private static let limit = 12

    private static let wordMarks = ["-", ".", "\u{2010}", "\u{2011}"].map { Array($0.utf8) }
    /// Marks between groups of digits: comma, apostrophes, and spaces of several widths.
    private static let digitMarks = [",", "'", "\u{2019}", "\u{66C}", " ", "\u{A0}", "\u{2007}", "\u{2009}", "\u{202F}"].map {
        Array($0.utf8)
    }

    private let text: [UInt8]
    private var words: [Range<Int>] = []
    private var lastIsNumber = false
    private var mark = 0..<0
    private var isTooLong = false

    init(_ text: [UInt8]) { self.text = text }

    /// Adds the next word.
    ///
    /// - Returns: the joined spelling of the words before it, if their run ends there and has one.
    mutating func add(_ word: WordScanner.Word) -> [UInt8]? {
        defer { lastIsNumber = word.isNumber }
        guard let last = words.last else {
            if word.kind != .unspaced { words.append(word.bytes) }
            return nil
        }
        let gap = last.upperBound..<word.bytes.lowerBound
        let isJoined = word.kind != .unspaced && joins(gap, before: word)
        if isJoined, words.count == 1 || text[gap].elementsEqual(text[mark]) {
            append(word.bytes, after: gap)
            return nil
        }
        let joined = spelling
        words.removeAll(keepingCapacity: true)
        isTooLong = false
        if isJoined { words.append(last) }
        if word.kind != .unspaced { append(word.bytes, after: gap) }
        return joined
    }

    private mutating func append(_ word: Range<Int>, after gap: Range<Int>) {
        mark = gap
        if words.count == Self.limit { isTooLong = true }
        if isTooLong { words[words.count - 1] = word } else { words.append(word) }
    }

    /// The joined spelling of the words added last, folded; `nil` if there is none.
    var spelling: [UInt8]? {
        guard words.count > 1, !isTooLong else { return nil }
        let folded = words.map { Folding.word(text[$0]) }
        return Self.wordMarks.contains(where: text[mark].elementsEqual) ? folded.flatMap { $0 } : DigitGroups.number(folded)
    }

    /// Whether the mark joins the last word to `word`. Most gaps are a space between words that are not numbers, so that is decided first.
    private func joins(_ gap: Range<Int>, before word: WordScanner.Word) -> Bool {
        guard (1...3).contains(gap.count) else { return false }
        if lastIsNumber && word.isNumber && Self.digitMarks.contains(where: text[gap].elementsEqual) { return true }
        return text[gap.lowerBound] != UInt8(ascii: " ") && Self.wordMarks.contains(where: text[gap].elementsEqual)
    }
}
