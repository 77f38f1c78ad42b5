/// The share of a query's words that are names rather than descriptions: identifiers, codes, quoted words.
package enum QueryIdentifiers {
    package static func share(of query: String) -> Float {
        var words = 0, names = 0
        var isQuoted = false
        for piece in query.unicodeScalars.split(separator: "\"", omittingEmptySubsequences: false) {
            for word in piece.split(whereSeparator: { !isPart($0) }) {
                words += 1
                if isQuoted || isName(Array(word)) { names += 1 }
            }
            isQuoted.toggle()
        }
        return words > 0 ? Float(names) / Float(words) : 0
    }

    private static func isPart(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }

    private static func isName(_ word: [Unicode.Scalar]) -> Bool {
        word.count > 1 && (word.contains("_") || hasHump(word) || isCode(word))
    }

    /// Whether a word is in camel case, as "maxCount": a lower-case letter, an upper-case letter, a lower-case letter.
    private static func hasHump(_ word: [Unicode.Scalar]) -> Bool {
        guard word.count > 3 else { return false }
        return (1..<word.count - 1).contains { at in
            word[at].properties.isUppercase && word[at - 1].properties.isLowercase && word[at + 1].properties.isLowercase
        }
    }

    /// Whether a word is a code, as "XK48213": five characters or more, with digits and letters.
    private static func isCode(_ word: [Unicode.Scalar]) -> Bool {
        word.count >= 5 && word.contains { $0.properties.numericType != nil } && word.contains { $0.properties.isAlphabetic }
    }
}
