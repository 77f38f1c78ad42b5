/// A line of text in one column.
struct TextLine {
    var text: String
    var box: Box
    var size: Float
    /// Whether all its letters are bold.
    var isBold: Bool
    var isRightToLeft: Bool
    var isVertical: Bool
    /// Whether its direction is not that of most of the page.
    var isTurned = false
    /// The number of the marked content that it begins with, or -1.
    var content: Int32
    var wordCount: Int

    /// - Parameter words: from left to right.
    init?(_ words: [Int], of set: WordSet) {
        guard let first = words.first else { return nil }
        var box = Box.none
        var weights: [Float: Int] = [:]
        var isBold = true
        for index in words {
            let word = set.words[index]
            box.formUnion(word.box)
            weights[(word.size * 2).rounded() / 2, default: 0] += word.scalars.count
            isBold = isBold && (word.isBold || word.scalars.count == 1)
        }
        self.box = box
        self.isBold = isBold
        size = weights.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key ?? 0
        let ordered = Bidi.readingOrder(words.map { set.words[$0] })
        isRightToLeft = ordered.count(where: \.isRightToLeft) * 2 > ordered.count
        isVertical = set.words[first].isVertical
        content = ordered.first?.content ?? -1
        wordCount = words.count
        text = Self.text(ordered, set)
    }

    private static func text(_ words: [Word], _ set: WordSet) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(words.reduce(0) { $0 + $1.scalars.count + 1 })
        var last: Word?
        for word in words {
            if let last, isApart(word, last) { text.append(0x20) }
            for scalar in set.scalars[word.scalars] {
                if scalar < 0x80 {
                    text.append(UInt8(truncatingIfNeeded: scalar))
                } else if let scalar = Unicode.Scalar(scalar) {
                    text += UTF8.encode(scalar).map(Array.init) ?? []
                }
            }
            last = word
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether a space stands between words that follow one another in reading order.
    private static func isApart(_ word: Word, _ last: Word) -> Bool {
        let size = max(word.size, last.size)
        let gap = max(word.u0 - last.u1, last.u0 - word.u1)
        if word.afterSpace, last.scalars.upperBound == word.scalars.lowerBound { return gap > -size * 0.3 || !word.isVertical }
        return gap > size * 0.13
    }

    var isBlank: Bool { text.unicodeScalars.allSatisfy(\.isBlank) }
}
