internal import ByteText
internal import Foundation

/// The analyzer, which converts text into index terms in the same way for chunks and for queries.
///
/// - Words are folded (`Folding`), a possessive 's is removed, and words of only a–z are stemmed (`PorterStemmer`).
/// - An ASCII identifier is a term, and so are its parts: "token" matches "maxTokenCount" and "max_token_count", and
///   "server" matches "HTTPServer". Parts of a single character are dropped.
/// - A number with a unit is a term, and so are its two parts, so that "5mg" and "5 mg" match each other.
/// - Another spelling of a word (`OtherSpellings`) or of consecutive words (`JoinedWords`) is a term too: "email" matches "e-mail",
///   "5871234" matches "5,871,234", "2.14.3" matches "v2.14.3", "helice" matches "l'hélice".
/// - "C++", "F#" and the like are terms in addition to their letters.
/// - Text in scripts without spaces becomes overlapping character bigrams, or a single character if there is only one;
///   the last character of a run is a term too, so that every character begins some term.
/// - Stop words are terms of a separate kind: a query uses them only if it has no other terms.
package enum Analyzer {
    package enum Kind: Sendable {
        /// A word, which counts towards the text's length.
        case word
        /// A part of a word that was emitted before it.
        case part
        /// Another spelling of the word or words emitted before it. It takes no position.
        case spelling
        case stopWord
        /// The last character of an unspaced run whose bigrams were emitted before it. Queries ignore it.
        case lastCharacter
    }

    /// Maximum length of a term, in bytes; longer terms are truncated, so that base64 data does not fill the dictionary.
    package static let maximumTermBytes = 96

    /// Lucene's list of English stop words.
    static let stopWords: Set<String> = [
        "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no", "not", "of",
        "on", "or", "such", "that", "the", "their", "then", "there", "these", "they", "this", "to", "was", "will", "with",
    ]

    package static func analyze(_ text: String, _ emit: (String, Kind) -> Void) {
        analyze(Array(text.utf8), where: { _, _ in true }, emit)
    }

    /// Emits the terms of the words for which `isText` holds.
    ///
    /// - Parameter text: valid UTF-8.
    static func analyze(
        _ text: [UInt8], where isText: (WordScanner.Word, [UInt8]) -> Bool, _ emit: (String, Kind) -> Void
    ) {
        var scanner = WordScanner(text)
        var joined = JoinedWords(text)
        while let word = scanner.next() {
            for spelling in joined.add(word) { emitSpelling(spelling, emit) }
            if isText(word, text) { analyze(word, of: text, emit) }
        }
        for spelling in joined.spellings { emitSpelling(spelling, emit) }
    }

    private static func emitSpelling(_ spelling: [UInt8], _ emit: (String, Kind) -> Void) {
        if !spelling.isEmpty { emit(term(spelling), .spelling) }
    }

    /// Emits the terms of one word of `text`.
    private static func analyze(_ word: WordScanner.Word, of text: [UInt8], _ emit: (String, Kind) -> Void) {
        let bytes = text[word.bytes]
        switch word.kind {
        case .ascii:
            ascii(bytes, emit)
            if let marks = marks(after: word.bytes.upperBound, in: text) {
                emit(String(decoding: Folding.ascii(bytes.suffix(maximumTermBytes)) + marks, as: UTF8.self), .part)
            }
        case .unicode:
            let folded = Folding.unicode(bytes)
            emitWord(folded, emit)
            for part in numberParts(folded[...]) ?? [] { emit(term(Array(part)), .part) }
        case .unspaced:
            pairs(bytes, emit)
        }
    }

    /// Returns a word as the prefix of a prefix query: folded, but not stemmed.
    static func prefix(_ word: WordScanner.Word, of text: [UInt8]) -> String {
        let bytes = text[word.bytes]
        let folded = word.kind == .ascii ? Folding.ascii(withoutUnderscores(bytes)) : Folding.unicode(bytes)
        return String(decoding: folded.prefix(maximumTermBytes), as: UTF8.self)
    }

    private static func ascii(_ bytes: ArraySlice<UInt8>, _ emit: (String, Kind) -> Void) {
        let trimmed = withoutUnderscores(withoutPossessive(bytes))
        guard !trimmed.isEmpty else { return }
        let folded = Folding.ascii(trimmed)
        emitWord(folded, emit)
        let parts = IdentifierParts.split(trimmed)
        if let parts = numberParts(folded[...]) { for part in parts { emit(term(Array(part)), .part) } }
        guard parts.count > 1, numberWithUnit(folded[...]) == nil else { return }
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
        for spelling in OtherSpellings.of(word[...]) { emitSpelling(spelling, emit) }
    }

    /// Returns the index term of a folded word.
    static func term(_ word: [UInt8]) -> String {
        guard word.count <= maximumTermBytes else {
            return String(decoding: word.prefix(maximumTermBytes), as: UTF8.self)
        }
        let isPlain = word.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
        return String(decoding: isPlain ? PorterStemmer.stem(word) : word, as: UTF8.self)
    }

    /// Returns the two parts of a number with its unit, or of a name with its version; `nil` if the folded word has another form.
    private static func numberParts(_ word: ArraySlice<UInt8>) -> [ArraySlice<UInt8>]? { numberWithUnit(word) ?? nameWithVersion(word) }

    /// Minimum length of a name before a number without a full stop: "ab1234" is a part number, "python3" is Python 3.
    private static let longName = 4

    /// Returns the name and the version of "python3.11", "log4j2.17.1", "openssl1.1.1w", "python3"; `nil` for other words.
    private static func nameWithVersion(_ word: ArraySlice<UInt8>) -> [ArraySlice<UInt8>]? {
        let stop = UInt8(ascii: ".")
        let letters = word.reversed().prefix(while: isLetter).count
        let tail = word.dropLast(letters)
        let version = tail.suffix(tail.reversed().prefix { DigitGroups.isDigit($0) || $0 == stop }.count)
        let name = word[..<version.startIndex]
        guard let first = version.first, DigitGroups.isDigit(first), let last = name.last, isLetter(last) else { return nil }
        if version.contains(stop), name.count > 1 { return [name, word[version.startIndex...]] + (letters > 0 ? [version] : []) }
        return letters == 0 && name.count >= longName && name.allSatisfy(isLetter) ? [name, version] : nil
    }

    /// Returns the number and the unit of "5mg", "2.4ghz", "10µm"; `nil` if the folded word has another form.
    private static func numberWithUnit(_ word: ArraySlice<UInt8>) -> [ArraySlice<UInt8>]? {
        let number = word.prefix { DigitGroups.isDigit($0) || $0 == UInt8(ascii: ".") }
        let unit = word[number.endIndex...]
        let isUnit = unit.allSatisfy { $0 >= 0x80 || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
        guard let first = number.first, DigitGroups.isDigit(first), !unit.isEmpty, isUnit else { return nil }
        return [number, unit]
    }

    /// Returns the "++" or "#" that follows the word ending at `end` and belongs to it, as in "C++" and "F#".
    private static func marks(after end: Int, in text: [UInt8]) -> [UInt8]? {
        let rest = text[end...]
        for marks in [Array("++".utf8), Array("#".utf8)] where rest.starts(with: marks) {
            guard let next = rest.dropFirst(marks.count).first else { return marks }
            let goesOn = next >= 0x80 || next == marks[0] || next == UInt8(ascii: "_") || DigitGroups.isDigit(next) || isLetter(next)
            return goesOn ? nil : marks
        }
        return nil
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) }

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
        // Terms are compared by bytes, so equivalent text, as kana of half width, is normalised first: NFKC, in the two steps that
        // Foundation does right.
        let text = String(decoding: bytes, as: UTF8.self).streamSafe().decomposedStringWithCompatibilityMapping
        let scalars = text.precomposedStringWithCanonicalMapping.unicodeScalars.filter { !$0.isInvisible }
        guard scalars.count > 1, let last = scalars.last else {
            for scalar in scalars { emit(String(scalar), .word) }
            return
        }
        for (first, second) in zip(scalars, scalars.dropFirst()) {
            var pair = String(first)
            pair.unicodeScalars.append(second)
            emit(pair, .word)
        }
        emit(String(last), .lastCharacter)
    }
}
