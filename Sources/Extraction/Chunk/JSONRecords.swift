/// Recognizes the ends of JSON records in text that is otherwise read as prose.
enum JSONRecords {
    /// Maximum number of blanks between records.
    private static let maximumBlanks = 256

    /// Returns the end of a record, with the comma after it, if another one follows: `}, {`, `}` and a new line, `], [`.
    ///
    /// - Parameter place: the place of the bracket that may end it.
    static func end(_ utf8: [UInt8], at place: Int, _ end: Int) -> Int? {
        guard isBracket(utf8[place]) else { return nil }
        let isObject = utf8[place] == UInt8(ascii: "}")
        let rest = utf8[(place + 1)..<end]
        let comma = rest.prefix(maximumBlanks).drop(while: Ascii.isWhite)
        let hasComma = comma.first == UInt8(ascii: ",")
        let next = (hasComma ? comma.dropFirst() : rest).prefix(maximumBlanks).drop(while: Ascii.isWhite)
        guard next.first == (isObject ? UInt8(ascii: "{") : UInt8(ascii: "[")) else { return nil }
        // A list of references in prose has no quotation marks.
        guard isObject || next.dropFirst().drop(while: Ascii.isWhite).first == Ascii.quote else { return nil }
        if hasComma { return comma.startIndex + 1 }
        return isObject && utf8[place + 1] == Ascii.newline ? place + 1 : nil
    }

    static func isBracket(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") }
}
