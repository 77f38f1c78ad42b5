/// Turns text into index terms, the same way for chunks and for queries.
///
/// - Words are folded (`Folding`), a possessive 's is taken off, and words of a–z only are stemmed (`PorterStemmer`).
/// - An ASCII identifier is kept whole, and its parts are terms too: "maxTokenCount", "max_token_count" and
///   "HTTPServer" are found by "token" and "server". Parts of a single character are left out.
/// - Text in scripts without spaces becomes overlapping pairs of characters, or the character if there is only one.
/// - Stop words are terms of their own kind: a query uses them only if it has nothing else.
package enum Analyzer {
    package enum Kind: Sendable {
        /// Counts towards the text's length.
        case word
        /// A part of a word that has been given already.
        case part
        case stopWord
    }

    /// A term's bytes are cut here, so that a blob of base64 is no memory leak.
    package static let maximumTermBytes = 96

    /// Lucene's English list.
    static let stopWords: Set<String> = [
        "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no", "not", "of",
        "on", "or", "such", "that", "the", "their", "then", "there", "these", "they", "this", "to", "was", "will", "with",
    ]

    package static func analyze(_ text: String, _ emit: (String, Kind) -> Void) {
        var scanner = WordScanner(Array(text.utf8))
        while let word = scanner.next() {
            let bytes = scanner.text[word.bytes]
            switch word.kind {
            case .ascii:
                ascii(bytes, emit)
            case .unicode:
                emitWord(Folding.unicode(bytes), emit)
            case .unspaced:
                pairs(bytes, emit)
            }
        }
    }

    private static func ascii(_ bytes: ArraySlice<UInt8>, _ emit: (String, Kind) -> Void) {
        let trimmed = withoutUnderscores(withoutPossessive(bytes))
        guard !trimmed.isEmpty else { return }
        emitWord(Folding.ascii(trimmed), emit)
        let parts = IdentifierParts.split(trimmed)
        guard parts.count > 1 else { return }
        for part in parts where part.count > 1 { emit(term(Folding.ascii(part)), .part) }
    }

    private static func emitWord(_ folded: [UInt8], _ emit: (String, Kind) -> Void) {
        let word = Array(withoutPossessive(folded[...]))
        guard !word.isEmpty else { return }
        let plain = String(decoding: word.prefix(maximumTermBytes), as: UTF8.self)
        if stopWords.contains(plain) {
            emit(plain, .stopWord)
        } else {
            emit(term(word), .word)
        }
    }

    /// A folded word as an index term.
    private static func term(_ word: [UInt8]) -> String {
        guard word.count <= maximumTermBytes else {
            return String(decoding: word.prefix(maximumTermBytes), as: UTF8.self)
        }
        let isPlain = word.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
        return String(decoding: isPlain ? PorterStemmer.stem(word) : word, as: UTF8.self)
    }

    private static func withoutPossessive(_ word: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard word.count > 2, let last = word.last, last | 0x20 == UInt8(ascii: "s"),
            word[word.endIndex - 2] == UInt8(ascii: "'")
        else { return word }
        return word.dropLast(2)
    }

    private static func withoutUnderscores(_ word: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var word = word.drop { $0 == UInt8(ascii: "_") }
        while word.last == UInt8(ascii: "_") { word = word.dropLast() }
        return word
    }

    private static func pairs(_ bytes: ArraySlice<UInt8>, _ emit: (String, Kind) -> Void) {
        let scalars = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
        guard scalars.count > 1 else {
            for scalar in scalars { emit(String(scalar), .word) }
            return
        }
        for (first, second) in zip(scalars, scalars.dropFirst()) {
            var pair = String(first)
            pair.unicodeScalars.append(second)
            emit(pair, .word)
        }
    }
}
