/// Other spellings by which a word is searched for. They become terms at the word's position.
enum OtherSpellings {
    /// Maximum number of leading numbers of a version that are indexed together, as "6.27" of "6.27.1".
    private static let leadingNumbers = 4

    /// Articles, prepositions and pronouns before an apostrophe: French, Italian, Catalan.
    private static let elided = Set(
        """
        c d j l m n qu s t jusqu lorsqu puisqu quoiqu presqu quelqu un all bell coll dall degl dell gl nell quell quest sant sull tutt
        """.split(separator: " ").map { Array($0.utf8) })

    /// Returns the word without its marks and without an elided article, and the leading numbers of a version.
    ///
    /// - Parameter word: a folded word.
    /// - Returns: at most `leadingNumbers + 3` spellings. An empty one is possible for a word of marks only.
    static func of(_ word: ArraySlice<UInt8>) -> [[UInt8]] {
        var spellings: [[UInt8]] = []
        if word.contains(UInt8(ascii: "_")) { spellings.append(word.filter { $0 != UInt8(ascii: "_") }) }
        if word.contains(UInt8(ascii: "'")) { spellings += ofElision(word) }
        if word.contains(UInt8(ascii: ".")) {
            spellings += ofDottedNumber(word)
        } else if isNumbered(word) {
            spellings.append(Array(word.dropFirst()))
        }
        return spellings
    }

    /// Returns "oneill" and "neill" of "o'neill", "lhelice" and "helice" of "l'helice".
    private static func ofElision(_ word: ArraySlice<UInt8>) -> [[UInt8]] {
        let apostrophe = UInt8(ascii: "'")
        let article = word.prefix { $0 != apostrophe }
        let rest = word[article.endIndex...].drop { $0 == apostrophe }
        let joined = word.filter { $0 != apostrophe }
        return rest.count >= (elided.contains(Array(article)) ? 2 : 3) ? [joined, Array(rest)] : [joined]
    }

    /// Whether the word is "v2".
    private static func isNumbered(_ word: ArraySlice<UInt8>) -> Bool {
        word.count > 1 && word.first == UInt8(ascii: "v") && word.dropFirst().allSatisfy(DigitGroups.isDigit)
    }

    /// Returns "2.14.3" and "2.14" of "v2.14.3", "3.12.0" and "3.12" of "3.12.0b4", and "2114908" of "2.114.908".
    private static func ofDottedNumber(_ word: ArraySlice<UInt8>) -> [[UInt8]] {
        let isLettered = word.first.map { !DigitGroups.isDigit($0) } ?? false
        let number = (isLettered ? word.dropFirst() : word).prefix { DigitGroups.isDigit($0) || $0 == UInt8(ascii: ".") }
        let groups = number.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard groups.count > 1, groups.allSatisfy({ !$0.isEmpty }) else { return [] }
        var spellings = number.count < word.count ? [Array(number)] : []
        for count in 2..<max(2, min(groups.count, leadingNumbers + 1)) {
            spellings.append(Array(number[..<groups[count - 1].endIndex]))
        }
        if number.count == word.count, DigitGroups.areValid(groups) { spellings.append(groups.flatMap { $0 }) }
        return spellings
    }
}
