/// Splits ASCII identifiers into parts: "max_token_count", "maxTokenCount", "HTTPServer", "parseJSONText".
enum IdentifierParts {
    /// Returns the parts of an identifier; only the word itself if it has no parts.
    static func split(_ word: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var parts: [ArraySlice<UInt8>] = []
        var start = word.startIndex
        for i in word.indices {
            if word[i] == UInt8(ascii: "_") {
                if start < i { parts.append(word[start..<i]) }
                start = i + 1
            } else if i > start, beginsPart(word, at: i) {
                parts.append(word[start..<i])
                start = i
            }
        }
        if start < word.endIndex { parts.append(word[start...]) }
        return parts
    }

    /// Whether a part begins at `i`: at the B of "aB", "1B" and "ABc". A plural such as "DNAs" is not split.
    private static func beginsPart(_ word: ArraySlice<UInt8>, at i: Int) -> Bool {
        guard isUpper(word[i]) else { return false }
        if !isUpper(word[i - 1]) { return true }
        guard i + 1 < word.endIndex, isLower(word[i + 1]) else { return false }
        let isPlural = word[i + 1] == UInt8(ascii: "s") && (i + 2 == word.endIndex || !isLower(word[i + 2]))
        return !isPlural
    }

    private static func isUpper(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }
    private static func isLower(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
}
