internal import ByteText

/// A chunk's terms in reading order, computed before the index is locked.
struct AnalyzedText: Sendable {
    /// An occurrence of a term in the text. `term` is the term's index in `terms`.
    struct Token: Sendable, Equatable {
        let term: UInt32
        let step: TokenStep
    }

    private(set) var terms: [String] = []
    private(set) var title: [Token] = []
    private(set) var body: [Token] = []
    /// Number of words, BM25's length; stop words, parts of words and other spellings are not counted.
    private(set) var length: UInt32 = 0

    init(title: String, body: String) {
        var places: [ByteKey: UInt32] = [:]
        self.title = tokens(of: title, &places)
        self.body = tokens(of: body, &places)
    }

    private mutating func tokens(of text: String, _ places: inout [ByteKey: UInt32]) -> [Token] {
        var tokens: [Token] = []
        Analyzer.analyze(text) { term, kind in
            let key = ByteKey(term)
            let place = places[key] ?? UInt32(terms.count)
            if place == terms.count {
                places[key] = place
                terms.append(term)
            }
            tokens.append(Token(term: place, step: TokenStep(kind)))
            if kind == .word, length < .max { length += 1 }
        }
        return tokens
    }
}
