/// The tokenizer's action for each character under given rules: clean-up, folding and splitting. One look-up in a table of
/// 256 KiB for the Basic Multilingual Plane; computed for the rest.
struct CharacterTable: Sendable {
    enum Action: UInt8 {
        /// Removed.
        case drop
        /// White space; ends a word.
        case space
        /// A word of its own, after folding.
        case punctuation
        /// Part of a word, after folding.
        case letter
        /// A word of its own, not folded yet.
        case chinese
        /// Becomes several characters, or takes part in the ordering of marks: handled by `TokenizerPass.fold`.
        case several
    }

    /// For each scalar, bits 0 ..< 21 are the folded scalar, 24 ..< 27 the action.
    private let entries: [UInt32]
    let rules: TokenizerRules

    init(_ rules: TokenizerRules) {
        self.rules = rules
        entries = (0..<0x10000 as Range<UInt32>).map { value in
            guard let scalar = Unicode.Scalar(value) else { return 0 }
            let (action, folded) = Self.work(scalar, rules)
            return UInt32(action.rawValue) << 24 | folded.value
        }
    }

    /// - Returns: the action, and for letters and punctuation the folded character.
    func look(_ scalar: Unicode.Scalar) -> (action: Action, folded: Unicode.Scalar) {
        guard scalar.value < 0x10000 else { return Self.work(scalar, rules) }
        let entry = entries[Int(scalar.value)]
        guard let action = Action(rawValue: UInt8(entry >> 24)), let folded = Unicode.Scalar(entry & 0x1F_FFFF) else {
            return (.drop, scalar)
        }
        return (action, folded)
    }

    private static func work(_ scalar: Unicode.Scalar, _ rules: TokenizerRules) -> (Action, Unicode.Scalar) {
        if rules.cleanText, BertUnicode.isRemoved(scalar) { return (.drop, scalar) }
        if rules.cleanText, BertUnicode.isWhitespace(scalar) { return (.space, scalar) }
        if rules.spacesChinese, BertUnicode.isChinese(scalar) { return (.chinese, scalar) }
        var folded = scalar
        if rules.stripsAccents {
            let parts = BertUnicode.decomposition(scalar)
            // A mark that is kept, or a removed accent of combining class 0, affects the order of other marks.
            let first = parts[0]
            let isMark = BertUnicode.combiningClass(first) != 0
            if isMark != BertUnicode.isAccent(first) { return (.several, scalar) }
            let kept = parts.filter { !BertUnicode.isAccent($0) }
            if kept.isEmpty { return (.drop, scalar) }
            guard kept.count == 1 else { return (.several, scalar) }
            folded = kept[0]
        }
        if rules.lowercases {
            let lower = folded.properties.lowercaseMapping.unicodeScalars
            guard lower.count == 1, let only = lower.first else { return (.several, scalar) }
            folded = only
        }
        return (split(folded), folded)
    }

    /// Returns the splitter's action for a folded character.
    static func split(_ folded: Unicode.Scalar) -> Action {
        if BertUnicode.isWhitespace(folded) { return .space }
        return BertUnicode.isPunctuation(folded) ? .punctuation : .letter
    }
}
