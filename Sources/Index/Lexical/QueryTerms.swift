internal import ByteText

/// A parsed query: its distinct terms in order of first occurrence, its phrase queries and its prefix queries.
///
/// - `"red fish"` is a phrase query: the words must be adjacent, in this order. A single quoted word is an ordinary term.
/// - `fish*` is a prefix query: it matches every word that begins with the prefix or has the stem of a word that does.
/// - Everything else is words. A single character of a script without spaces is a prefix query.
package struct QueryTerms: Sendable {
    package struct Term: Sendable, Equatable {
        package let text: String
        /// Number of occurrences in the query, by which the term's score is multiplied.
        package var count: Int
        /// Whether the term is only another spelling of words of the query, which counts if any row has it.
        package var isSpelling = false
    }

    /// A word of a phrase and its position relative to the first word.
    package struct PhraseWord: Sendable, Equatable {
        package let text: String
        package let offset: Int
    }

    /// Maximum number of distinct terms in a query; further ones are ignored, which bounds the number of postings read.
    package static let limit = 256
    /// Maximum number of phrase queries, and of prefix queries, in a query; further ones are ignored.
    package static let compoundLimit = 8
    /// Maximum number of words in a phrase; further words are ignored.
    package static let phraseLimit = 32
    /// Minimum length of a prefix in characters; a shorter one is treated as a word.
    package static let minimumPrefixLength = 2

    package private(set) var terms: [Term] = []
    package private(set) var phrases: [[PhraseWord]] = []
    package private(set) var prefixes: [String] = []

    private var places: [ByteKey: Int] = [:]

    package init(_ query: String) {
        var stopWords = QueryTerms()
        for (piece, isQuoted) in Self.pieces(Array(query.utf8)) {
            if isQuoted { addPhrase(piece) } else { addWords(piece, &stopWords) }
        }
        if terms.isEmpty && phrases.isEmpty && prefixes.isEmpty { terms = stopWords.terms }
        places = [:]
    }

    private init() {}

    private mutating func add(_ term: String, isSpelling: Bool = false) {
        if let place = places[ByteKey(term)] {
            if !isSpelling { terms[place].count += 1 }
            terms[place].isSpelling = terms[place].isSpelling && isSpelling
        } else if terms.count < Self.limit {
            places[ByteKey(term)] = terms.count
            terms.append(Term(text: term, count: 1, isSpelling: isSpelling))
        }
    }

    private mutating func addWords(_ text: ArraySlice<UInt8>, _ stopWords: inout QueryTerms) {
        var found: [String] = []
        Analyzer.analyze(Array(text)) { word, text in
            guard let prefix = Self.prefix(word, in: text) else { return true }
            found.append(prefix)
            return false
        } _: { term, kind in
            switch kind {
            case .word, .part: add(term)
            case .spelling where Analyzer.stopWords.contains(term): stopWords.add(term)
            case .spelling: add(term, isSpelling: true)
            case .stopWord: stopWords.add(term)
            case .lastCharacter: break
            }
        }
        for prefix in found where !prefixes.contains(prefix) && prefixes.count < Self.compoundLimit { prefixes.append(prefix) }
    }

    private mutating func addPhrase(_ text: ArraySlice<UInt8>) {
        var words: [PhraseWord] = []
        var positions = TermPositions()
        Analyzer.analyze(String(decoding: text, as: UTF8.self)) { term, kind in
            switch kind {
            case .word, .stopWord:
                let offset = positions.position(.word)
                if words.count < Self.phraseLimit { words.append(PhraseWord(text: term, offset: offset)) }
            case .part: _ = positions.position(.part)
            case .spelling, .lastCharacter: break
            }
        }
        if words.count == 1 {
            add(words[0].text)
        } else if words.count > 1, !phrases.contains(words), phrases.count < Self.compoundLimit {
            phrases.append(words)
        }
    }

    /// Returns the prefix if the word is a prefix query (followed by a star, or a single unspaced character); `nil` otherwise.
    private static func prefix(_ word: WordScanner.Word, in text: [UInt8]) -> String? {
        let star = UInt8(ascii: "*")
        let end = word.bytes.upperBound
        let prefix = Analyzer.prefix(word, of: text)
        if word.kind == .unspaced { return prefix.unicodeScalars.count == 1 ? prefix : nil }
        guard end < text.count, text[end] == star, word.bytes.lowerBound == 0 || text[word.bytes.lowerBound - 1] != star else { return nil }
        var rest = WordScanner(Array(text[(end + 1)...].prefix(4)))
        if let next = rest.next(), next.bytes.lowerBound == 0 { return nil }
        if end + 1 < text.count, text[end + 1] == star { return nil }
        return prefix.unicodeScalars.count >= minimumPrefixLength ? prefix : nil
    }

    /// Splits the query into quoted and unquoted pieces, in order. An unpaired quotation mark is ignored.
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

    /// Returns the range of the next `"`, `“`, `”`, `„`, `«` or `»`.
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
