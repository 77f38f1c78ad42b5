/// Separators between inline elements that a browser shows apart: "10<sup>6</sup>" becomes "10^6", not 106.
enum InlineJoints {
    private static let edits: Set<String> = ["del", "ins", "s", "strike"]
    private static let controls: Set<String> = ["button", "label", "output", "kbd"]

    /// Returns what to insert before the content of an element.
    ///
    /// - Parameters:
    ///   - before: the last byte of text before the element.
    ///   - content: the next bytes of text.
    static func before(_ name: String, after before: UInt8, content: ArraySlice<UInt8>) -> String {
        switch name {
        case "sup":
            (isWord(before) || isPunctuation(before)) && (isNumber(content) || Ascii.isDigit(before) && isVariable(content)) ? "^" : ""
        case "mn": Ascii.isDigit(before) ? " " : ""
        case "sub": Ascii.isDigit(before) && isNumber(content) ? " " : ""
        case _ where controls.contains(name): " "
        default: ""
        }
    }

    /// Returns what to insert after an element.
    ///
    /// - Parameters:
    ///   - content: the last byte of the element's text.
    ///   - next: the next byte of text.
    ///   - element: the name of an element that begins at once; empty if none does.
    ///   - beginsWord: whether no part of a word precedes the element.
    static func after(_ name: String, content: UInt8, before next: UInt8, element: String, beginsWord: Bool) -> String {
        if controls.contains(name) { return " " }
        if edits.contains(name), edits.contains(element), isWord(content) { return " " }
        // A word that is struck out, beside the one that replaces it.
        if edits.contains(name), beginsWord, element.isEmpty, isWord(content), isWord(next) { return " " }
        // `before` inserts the separator when the superscript begins.
        if element == "sup" { return "" }
        let separates = name == "sup" || name == "sub" || edits.contains(name)
        return separates && Ascii.isDigit(content) && Ascii.isDigit(next) ? " " : ""
    }

    static func isWord(_ byte: UInt8) -> Bool {
        Ascii.isLetter(byte) || Ascii.isDigit(byte) || byte >= 0x80 || byte == UInt8(ascii: ")") || byte == UInt8(ascii: "]")
    }

    /// Whether the text is a single letter that is no ordinal, as the n of 2ⁿ or the b of a footnote: not 1ᵉ, 2ᵒ, 3ᵃ.
    private static func isVariable(_ text: ArraySlice<UInt8>) -> Bool {
        guard let letter = text.first, Ascii.isLetter(letter), text.dropFirst().first == Ascii.less else { return false }
        return !"eoahd".utf8.contains(letter | 0x20)
    }

    /// Whether the byte may precede the mark of a footnote.
    private static func isPunctuation(_ byte: UInt8) -> Bool { ".,;:!?%'\"".utf8.contains(byte) }

    private static let signs = ["-", "+", "\u{2212}", "\u{2013}"].map { Array($0.utf8) }

    /// Whether the text begins with a number, with or without a sign. The first character may be a reference.
    private static func isNumber(_ text: ArraySlice<UInt8>) -> Bool {
        let reference = text.first == Ascii.ampersand ? HTMLReferences.read(text.dropFirst(), .html) : nil
        let text = reference.map { $0.characters + text.dropFirst($0.length + 1) } ?? Array(text)
        let sign = signs.first { text.starts(with: $0) }?.count ?? 0
        return text.dropFirst(sign).first.map(Ascii.isDigit) ?? false
    }
}
