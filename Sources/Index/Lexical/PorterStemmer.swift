/// The Porter stemmer, which removes English suffixes: "relational" and "relate" both become "relat".
///
/// Implements the published algorithm, without the later changes in the author's program (no `logi` → `log`; `abli` instead
/// of `bli`). Words of one or two letters are not changed: the paper does not say, and all implementations do this.
///
/// - Source: M. F. Porter, "An algorithm for suffix stripping", Program 14 (3), 1980, whose letters and step names are used here.
package struct PorterStemmer {
    private var word: [UInt8]
    /// The stem that a matched suffix leaves: `word[0..<stem]`.
    private var stem = 0

    /// - Parameter word: lower-case letters a–z only.
    package static func stem(_ word: [UInt8]) -> [UInt8] {
        guard word.count > 2 else { return word }
        var stemmer = PorterStemmer(word: word)
        stemmer.apply(rules1a)
        stemmer.step1b()
        stemmer.step1c()
        stemmer.apply(rules2, measureAbove: 0)
        stemmer.apply(rules3, measureAbove: 0)
        stemmer.step4()
        stemmer.step5()
        return stemmer.word
    }

    // MARK: Conditions

    private func isConsonant(_ i: Int) -> Bool {
        switch word[i] {
        case UInt8(ascii: "a"), UInt8(ascii: "e"), UInt8(ascii: "i"), UInt8(ascii: "o"), UInt8(ascii: "u"): false
        // A y after a consonant is a vowel. In a run of y's the first one decides, so this counts back instead of recursing.
        case UInt8(ascii: "y"): isConsonantY(i)
        default: true
        }
    }

    private func isConsonantY(_ i: Int) -> Bool {
        var first = i
        while first > 0, word[first - 1] == UInt8(ascii: "y") { first -= 1 }
        let firstIsConsonant = first == 0 || !isConsonant(first - 1)
        return (i - first) % 2 == 0 ? firstIsConsonant : !firstIsConsonant
    }

    /// m: the number of times that a run of vowels is followed by a run of consonants in the stem.
    private var measure: Int {
        var m = 0
        var afterVowel = false
        for i in 0..<stem {
            let consonant = isConsonant(i)
            if consonant && afterVowel { m += 1 }
            afterVowel = !consonant
        }
        return m
    }

    /// *v*: the stem contains a vowel.
    private var stemHasVowel: Bool { (0..<stem).contains { !isConsonant($0) } }

    /// *d: the first `count` letters end in a double consonant.
    private func endsInDoubleConsonant(_ count: Int) -> Bool {
        count >= 2 && word[count - 1] == word[count - 2] && isConsonant(count - 1)
    }

    /// *o: the first `count` letters end consonant–vowel–consonant, the last not w, x or y.
    private func endsInShortSyllable(_ count: Int) -> Bool {
        guard count >= 3, isConsonant(count - 1), !isConsonant(count - 2), isConsonant(count - 3) else { return false }
        let last = word[count - 1]
        return last != UInt8(ascii: "w") && last != UInt8(ascii: "x") && last != UInt8(ascii: "y")
    }

    private mutating func ends(_ suffix: StaticString) -> Bool {
        let count = suffix.utf8CodeUnitCount
        guard count <= word.count else { return false }
        let start = word.count - count
        // SAFETY: a StaticString of ASCII; `count` bytes are compared and the pointer is not kept.
        let bytes = unsafe UnsafeBufferPointer(start: suffix.utf8Start, count: count)
        guard unsafe word[start...].elementsEqual(bytes) else { return false }
        stem = start
        return true
    }

    private mutating func replace(with ending: StaticString) {
        word.removeSubrange(stem...)
        // SAFETY: as in `ends`.
        unsafe word.append(contentsOf: UnsafeBufferPointer(start: ending.utf8Start, count: ending.utf8CodeUnitCount))
    }

    // MARK: Steps

    private mutating func step1b() {
        if ends("eed") {
            if measure > 0 { replace(with: "ee") }
        } else if ends("ed") || ends("ing") {
            guard stemHasVowel else { return }
            replace(with: "")
            repairAfter1b()
        }
    }

    private mutating func repairAfter1b() {
        if apply(Self.rules1b) { return }
        if endsInDoubleConsonant(word.count) {
            let last = word[word.count - 1]
            if last != UInt8(ascii: "l") && last != UInt8(ascii: "s") && last != UInt8(ascii: "z") { word.removeLast() }
        } else {
            stem = word.count
            if measure == 1 && endsInShortSyllable(stem) { word.append(UInt8(ascii: "e")) }
        }
    }

    private mutating func step1c() {
        if ends("y") && stemHasVowel { replace(with: "i") }
    }

    /// Applies the first rule whose suffix matches, if m > `least`. A rule that matches but fails this condition ends the step.
    ///
    /// - Returns: whether a suffix matched.
    @discardableResult
    private mutating func apply(_ rules: [(StaticString, StaticString)], measureAbove least: Int? = nil) -> Bool {
        for (suffix, ending) in rules where ends(suffix) {
            if least.map({ measure > $0 }) ?? true { replace(with: ending) }
            return true
        }
        return false
    }

    private static let rules1a: [(StaticString, StaticString)] = [("sses", "ss"), ("ies", "i"), ("ss", "ss"), ("s", "")]

    /// The rules that repair a stem after step 1b.
    private static let rules1b: [(StaticString, StaticString)] = [("at", "ate"), ("bl", "ble"), ("iz", "ize")]

    private static let rules2: [(StaticString, StaticString)] = [
        ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"), ("abli", "able"),
        ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous"), ("ization", "ize"), ("ation", "ate"),
        ("ator", "ate"), ("alism", "al"), ("iveness", "ive"), ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"),
        ("iviti", "ive"), ("biliti", "ble"),
    ]

    private static let rules3: [(StaticString, StaticString)] = [
        ("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", ""),
    ]

    /// The rules of step 4, the longest first where one suffix ends with another ("ement", "ment", "ent").
    private static let rules4: [(StaticString, StaticString)] = [
        "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism", "ate", "iti", "ous", "ive",
        "ize",
    ].map { ($0, "") }

    private mutating func step4() {
        if ends("ion") {
            guard stem > 0, word[stem - 1] == UInt8(ascii: "s") || word[stem - 1] == UInt8(ascii: "t") else { return }
        }
        apply(Self.rules4, measureAbove: 1)
    }

    private mutating func step5() {
        if ends("e") {
            let m = measure
            if m > 1 || (m == 1 && !endsInShortSyllable(stem)) { replace(with: "") }
        }
        stem = word.count
        if measure > 1, endsInDoubleConsonant(word.count), word[word.count - 1] == UInt8(ascii: "l") {
            word.removeLast()
        }
    }
}
