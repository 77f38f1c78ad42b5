import Extraction

/// The paragraph styles of a document that are headings.
struct RTFStyles {
    private var levels: [Int: Int] = [:]
    private var current: Int?
    private var outline: Int?

    mutating func begin(_ style: Int) { current = style }
    mutating func setOutline(_ level: Int) { outline = level }

    /// Ends a style.
    ///
    /// - Parameter name: such as `heading 1`.
    mutating func end(name: String) {
        if let current, levels.count < 10_000 {
            if let named = Self.level(name) { levels[current] = named } else if let outline, outline < 9 { levels[current] = outline + 1 }
        }
        (current, outline) = (nil, nil)
    }

    /// Returns the level of a heading from 1, or `nil` for another paragraph.
    func level(_ paragraph: RTFState.Paragraph) -> Int? {
        if let outline = paragraph.outline { return (0..<9).contains(outline) ? outline + 1 : nil }
        return paragraph.style.flatMap { levels[$0] }
    }

    private static func level(_ name: String) -> Int? {
        let words = name.lowercased().split(whereSeparator: { $0 == " " || $0 == ";" || $0 == "," })
        if words.first == "title", words.count == 1 { return 1 }
        guard words.count >= 2, words[0] == "heading", let level = Int(words[1]) else { return nil }
        return (1...9).contains(level) ? level : nil
    }
}
