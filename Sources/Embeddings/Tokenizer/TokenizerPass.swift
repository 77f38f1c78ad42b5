/// One pass over a text: folds characters, collects words, splits them into pieces.
struct TokenizerPass: ~Copyable {
    private let plan: TokenizerPlan
    /// Maximum number of pieces; the pass ends there.
    private let limit: Int
    private let keepsIDs: Bool
    private(set) var ids: [Int32] = []
    private(set) var count = 0
    /// Each folded word before it is split; collected only if `keepsWords`.
    private(set) var words: [[UInt8]] = []
    private let keepsWords: Bool

    /// The folded bytes of the current word, up to the maximum word length.
    private var word: [UInt8] = []
    /// Number of scalars of the current word, including those beyond the maximum.
    private var wordLength = 0
    /// Kept marks of the current run, which are put in order at the end of the run.
    private var marks: [Unicode.Scalar] = []
    private var hashes: [UInt64] = []
    private var pieces: [Int32] = []

    init(_ plan: TokenizerPlan, limit: Int, keepsIDs: Bool, keepsWords: Bool = false) {
        self.plan = plan
        self.limit = limit
        self.keepsIDs = keepsIDs
        self.keepsWords = keepsWords
    }

    /// Processes `text`, which is UTF-8; an invalid byte counts as U+FFFD.
    mutating func run(_ text: Span<UInt8>) {
        var position = 0
        let end = text.count
        while position < end, count < limit {
            let byte = text[position]
            switch plan.byteActions[Int(byte)] {
            case .letter:
                settleMarks()
                append(plan.lowered[Int(byte)])
                position += 1
            case .space:
                endSegment()
                position += 1
            case .punctuation:
                endSegment()
                append(byte)
                endWord()
                position += 1
            case .drop: position += 1
            case .addedToken:
                if let (id, length) = plan.addedToken(in: text, at: position) {
                    endSegment()
                    if count < limit { emit(id) }
                    position += length
                } else {
                    position += takeCharacter(text, at: position)
                }
            case .multibyte: position += takeCharacter(text, at: position)
            }
        }
        if count < limit { endSegment() }
    }

    /// - Returns: the length of the character, in bytes.
    private mutating func takeCharacter(_ text: Span<UInt8>, at position: Int) -> Int {
        let (scalar, length) = UTF8Decoding.scalar(in: text, at: position)
        take(scalar)
        return length
    }

    private mutating func take(_ scalar: Unicode.Scalar) {
        let (action, folded) = plan.characters.look(scalar)
        switch action {
        case .drop: break
        case .several: fold(scalar)
        case .chinese:
            endSegment()
            fold(scalar)
            endSegment()
        case .space, .punctuation, .letter:
            settleMarks()
            place(action, folded)
        }
    }

    /// Decomposes a character, removes accents, and puts the kept marks in canonical order.
    private mutating func fold(_ scalar: Unicode.Scalar) {
        guard plan.rules.stripsAccents else { return lower(scalar) }
        for part in BertUnicode.decomposition(scalar) {
            let isMark = BertUnicode.combiningClass(part) != 0
            if !isMark { settleMarks() }
            if BertUnicode.isAccent(part) { continue }
            if isMark { marks.append(part) } else { lower(part) }
            if marks.count >= 4096 { settleMarks() }  // no language has as many; bounds memory
        }
    }

    private mutating func settleMarks() {
        guard !marks.isEmpty else { return }
        let ordered = marks.enumerated().sorted {
            (BertUnicode.combiningClass($0.element), $0.offset) < (BertUnicode.combiningClass($1.element), $1.offset)
        }
        marks.removeAll(keepingCapacity: true)
        for mark in ordered { lower(mark.element) }
    }

    private mutating func lower(_ scalar: Unicode.Scalar) {
        guard plan.rules.lowercases else { return place(CharacterTable.split(scalar), scalar) }
        for folded in scalar.properties.lowercaseMapping.unicodeScalars { place(CharacterTable.split(folded), folded) }
    }

    private mutating func place(_ action: CharacterTable.Action, _ folded: Unicode.Scalar) {
        switch action {
        case .space: endWord()
        case .punctuation:
            endWord()
            append(folded)
            endWord()
        default: append(folded)
        }
    }

    private mutating func append(_ byte: UInt8) {
        wordLength += 1
        if wordLength <= plan.rules.maxWordLength { word.append(byte) }
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        wordLength += 1
        if wordLength <= plan.rules.maxWordLength { word.append(contentsOf: UTF8Decoding.bytes(scalar)) }
    }

    private mutating func endSegment() {
        settleMarks()
        endWord()
    }

    /// Splits the word into the longest pieces from the left; a word that cannot be split, or is too long, becomes the unknown token.
    private mutating func endWord() {
        guard wordLength > 0 else { return }
        if keepsWords { words.append(word) }
        if wordLength > plan.rules.maxWordLength || !cut() {
            pieces.removeAll(keepingCapacity: true)
            pieces.append(plan.unknownID)
        }
        for piece in pieces where count < limit { emit(piece) }
        pieces.removeAll(keepingCapacity: true)
        word.removeAll(keepingCapacity: true)
        wordLength = 0
    }

    private mutating func cut() -> Bool {
        var start = 0
        while start < word.count {
            let table = start == 0 ? plan.vocabulary.initial : plan.vocabulary.continuing
            guard let (id, end) = longestPiece(from: start, in: table) else { return false }
            pieces.append(id)
            start = end
        }
        return true
    }

    private mutating func longestPiece(from start: Int, in table: PieceTable) -> (id: Int32, end: Int)? {
        let furthest = min(word.count, start + table.longest)
        hashes.removeAll(keepingCapacity: true)
        var hash = PieceTable.seed
        for position in start..<furthest {
            hash = PieceTable.extend(hash, word[position])
            hashes.append(hash)
        }
        // A piece that ended inside a character would not be UTF-8, so the vocabulary cannot hold it.
        for end in stride(from: furthest, to: start, by: -1) {
            if let id = table.find(word, start..<end, hash: hashes[end - start - 1]) { return (id, end) }
        }
        return nil
    }

    private mutating func emit(_ id: Int32) {
        count += 1
        if keepsIDs { ids.append(id) }
    }
}
