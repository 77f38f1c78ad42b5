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
        case "sup": isWord(before) && isNumber(content) ? "^" : ""
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
    static func after(_ name: String, content: UInt8, before next: UInt8, element: String) -> String {
        if controls.contains(name) { return " " }
        if edits.contains(name), edits.contains(element), isWord(content) { return " " }
        // `before` inserts the separator when the superscript begins.
        if element == "sup" { return "" }
        let separates = name == "sup" || name == "sub" || edits.contains(name)
        return separates && Ascii.isDigit(content) && Ascii.isDigit(next) ? " " : ""
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        Ascii.isLetter(byte) || Ascii.isDigit(byte) || byte >= 0x80 || byte == UInt8(ascii: ")")
    }

    /// Whether the text begins with a number, with or without a sign.
    private static func isNumber(_ text: ArraySlice<UInt8>) -> Bool {
        var rest = text
        for sign in ["-", "+", "\u{2212}", "\u{2013}", "&minus;", "&ndash;"] where rest.starts(with: sign.utf8) {
            rest = rest.dropFirst(sign.utf8.count)
            break
        }
        return rest.first.map(Ascii.isDigit) ?? false
    }
}
