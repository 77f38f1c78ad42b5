/// Joins lines and undoes hyphenation.
struct LineJoiner {
    /// Words with hyphens that occur inside lines, lowercased: their hyphens stay at a line's end too.
    var compounds: Set<String> = []

    mutating func learn(_ line: String) {
        guard line.utf8.contains(0x2D) else { return }
        let words = line.split(separator: " ")
        for word in words.dropLast() where word.utf8.contains(0x2D) && compounds.count < 100_000 { compounds.insert(Self.bare(word)) }
    }

    /// The text of lines that follow one another.
    func text(_ lines: [TextLine]) -> String {
        var result = ""
        for line in lines { append(line.text, to: &result) }
        return result
    }

    func append(_ line: String, to text: inout String) {
        guard let last = text.unicodeScalars.last, let first = line.unicodeScalars.first else {
            text += line
            return
        }
        if Self.isIdeographic(last), Self.isIdeographic(first) {
            text += line
        } else if isHyphenated(text, line) {
            if !keepsHyphen(text, line) { text.unicodeScalars.removeLast() }
            text += line
        } else {
            text += " " + line
        }
    }

    /// Whether the last word of the text goes on in the line.
    func isHyphenated(_ text: String, _ line: String) -> Bool {
        var end = text.unicodeScalars.reversed().makeIterator()
        guard end.next() == "-", let letter = end.next(), letter.isLetter, let first = line.unicodeScalars.first else {
            return false
        }
        return first.isSmall
    }

    private func keepsHyphen(_ text: String, _ line: String) -> Bool {
        guard let start = text.split(separator: " ").last, let end = line.split(separator: " ").first else { return false }
        return compounds.contains(Self.bare(start + end))
    }

    private static func bare(_ word: Substring) -> String {
        String(word.drop { !$0.isLetter }.prefix { $0.isLetter || $0.isNumber || $0 == "-" }).lowercased()
    }

    static func isIdeographic(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x3001...0x30FF, 0x3400...0x9FFF, 0xF900...0xFAFF, 0xFF01...0xFF60, 0x20000...0x3FFFF: true
        default: false
        }
    }
}
