import ByteText

/// Recognizes sentences that ask for something.
enum RequestWords {
    /// Returns whether the sentence has a question mark or begins as a request does: `Tell me …`, `And when …`, `I need to know …`.
    ///
    /// - Complexity: linear in the sentence.
    static func asks(_ sentence: String) -> Bool {
        if sentence.unicodeScalars.contains(where: questionMarks.contains) { return true }
        let words = firstWords(sentence)
        guard let first = words.first else { return false }
        if openings.contains(first) { return true }
        guard words.count > 1 else { return false }
        if leads.contains(first), openings.contains(words[1]) { return true }
        return zip(words, words.dropFirst()).contains { wishes.contains($0) && $1 == "know" || $1 == "wonder" }
    }

    /// Returns the words of the first 80 bytes, in lower case.
    private static func firstWords(_ sentence: String) -> [ByteKey] {
        sentence.utf8.prefix(80).map(lowercased).split { !isLetter($0) }.map { ByteKey(String(decoding: $0, as: UTF8.self)) }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) || byte >= 0x80 }

    private static let questionMarks: Set<Unicode.Scalar> = ["?", "\u{37E}", "\u{61F}", "\u{FF1F}", "\u{2047}", "\u{2048}", "\u{2049}"]

    /// Words that begin a request, in English, German, French and Spanish.
    private static let openings = words(
        """
        please tell explain give show list describe find name state summarize summarise what when where who whom whose which why how \
        bitte nenne sag sage zeige beschreibe wann wo wer was wie warum welche welcher welches \
        dites donnez quand quel quelle pourquoi comment dime diga cuando donde quien cual como
        """)

    /// Words that may stand before one of `openings`.
    private static let leads = words("and so now but also then ok okay hi hello well und nun dann aber et alors y entonces")

    /// Words before `know`, as in `I want to know` and `let me know`.
    private static let wishes = words("to me us")

    private static func words(_ text: String) -> Set<ByteKey> { Set(text.split { $0 == " " || $0 == "\n" }.map { ByteKey($0) }) }
}
