internal import ByteText

/// A query's distinct terms, in the order in which they first occur, its quoted phrases and its starred beginnings.
///
/// - `"red fish"` is one term: the words next to each other, in this order. A quoted single word is that word.
/// - `fish*` is one term: every word that begins so, or that has the stem of a word that begins so.
/// - Anything else is words. A single character of a script without spaces stands for all words that begin with it.
package struct QueryTerms: Sendable {
    package struct Term: Sendable, Equatable {
        package let text: String
        /// How often it occurs; its score counts as often.
        package var count: Int
    }

    /// A word of a phrase and its place, counted from the first word's.
    package struct PhraseWord: Sendable, Equatable {
        package let text: String
        package let offset: Int
    }

    /// Distinct terms that a query may have; more are ignored, so that no query costs more than this many postings.
    package static let limit = 256
    /// Phrases, and beginnings, that a query may have; more are ignored.
    package static let compoundLimit = 8
    /// Words of a phrase beyond this many are ignored.
    package static let phraseLimit = 32
    /// Letters of the shortest beginning that is looked up; a shorter one is a word.
    package static let shortestBeginning = 2

    package private(set) var terms: [Term] = []
    package private(set) var phrases: [[PhraseWord]] = []
    package private(set) var beginnings: [String] = []

    private var places: [ByteKey: Int] = [:]

    package init(_ query: String) {
        var stopWords = QueryTerms()
        for (piece, isQuoted) in Self.pieces(Array(query.utf8)) {
            if isQuoted { addPhrase(piece) } else { addWords(piece, &stopWords) }
        }
        if terms.isEmpty && phrases.isEmpty && beginnings.isEmpty { terms = stopWords.terms }
        places = [:]
    }

    private init() {}

    private mutating func add(_ term: String) {
        if let place = places[ByteKey(term)] {
            terms[place].count += 1
        } else if terms.count < Self.limit {
            places[ByteKey(term)] = terms.count
            terms.append(Term(text: term, count: 1))
        }
    }

    private mutating func addWords(_ text: ArraySlice<UInt8>, _ stopWords: inout QueryTerms) {
        var scanner = WordScanner(Array(text))
        while let word = scanner.next() {
            if let beginning = Self.beginning(word, in: scanner.text) {
                if !beginnings.contains(beginning), beginnings.count < Self.compoundLimit { beginnings.append(beginning) }
                continue
            }
            Analyzer.analyze(word, of: scanner.text) { term, kind in
                switch kind {
                case .word, .part: add(term)
                case .stopWord: stopWords.add(term)
                case .lastCharacter: break
                }
            }
        }
    }

    private mutating func addPhrase(_ text: ArraySlice<UInt8>) {
        var words: [PhraseWord] = []
        var positions = TermPositions()
        Analyzer.analyze(String(decoding: text, as: UTF8.self)) { term, kind in
            switch kind {
            case .word, .stopWord:
                let offset = positions.position(isPart: false)
                if words.count < Self.phraseLimit { words.append(PhraseWord(text: term, offset: offset)) }
            case .part: _ = positions.position(isPart: true)
            case .lastCharacter: break
            }
        }
        if words.count == 1 {
            add(words[0].text)
        } else if words.count > 1, !phrases.contains(words), phrases.count < Self.compoundLimit {
            phrases.append(words)
        }
    }

    /// The beginning that a word stands for, if it does: it is starred, or a single unspaced character.
    private static func beginning(_ word: WordScanner.Word, in text: [UInt8]) -> String? {
        let star = UInt8(ascii: "*")
        let end = word.bytes.upperBound
        let beginning = Analyzer.beginning(word, of: text)
        if word.kind == .unspaced { return beginning.unicodeScalars.count == 1 ? beginning : nil }
        guard end < text.count, text[end] == star, word.bytes.lowerBound == 0 || text[word.bytes.lowerBound - 1] != star else { return nil }
        var rest = WordScanner(Array(text[(end + 1)...].prefix(4)))
        if let next = rest.next(), next.bytes.lowerBound == 0 { return nil }
        if end + 1 < text.count, text[end + 1] == star { return nil }
        return beginning.unicodeScalars.count >= shortestBeginning ? beginning : nil
    }

    /// The query's pieces between quotation marks and outside of them, in order. A mark without a partner is none.
    private static func pieces(_ query: [UInt8]) -> [(text: ArraySlice<UInt8>, isQuoted: Bool)] {
        var pieces: [(text: ArraySlice<UInt8>, isQuoted: Bool)] = []
        var start = 0
        var at = 0
        while let mark = quotationMark(in: query, from: at), let partner = quotationMark(in: query, from: mark.upperBound) {
            pieces.append((query[start..<mark.lowerBound], false))
            pieces.append((query[mark.upperBound..<partner.lowerBound], true))
            (start, at) = (partner.upperBound, partner.upperBound)
        }
        pieces.append((query[start...], false))
        return pieces
    }

    /// The next of `"`, `“`, `”`, `„`, `«`, `»`.
    private static func quotationMark(in text: [UInt8], from start: Int) -> Range<Int>? {
        var at = start
        while at < text.count {
            switch text[at] {
            case UInt8(ascii: "\""): return at..<at + 1
            case 0xE2 where at + 2 < text.count && text[at + 1] == 0x80 && (0x9C...0x9E).contains(text[at + 2]):
                return at..<at + 3
            case 0xC2 where at + 1 < text.count && (text[at + 1] == 0xAB || text[at + 1] == 0xBB): return at..<at + 2
            default: at += 1
            }
        }
        return nil
    }
}
