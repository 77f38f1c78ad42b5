/// Metadata before the text: YAML between `---` lines, or TOML between `+++` lines.
struct FrontMatter {
    /// The range from the opening to the closing marker, including both.
    let range: Range<Int>
    /// The start of the line after the front matter.
    let end: Int
    let title: String?

    private static let maxLines = 1000

    /// Returns `nil` if the text does not begin with front matter: it has no marker, no closing line within 1,000 lines, or no key.
    init?(_ utf8: [UInt8]) {
        var lines = Lines(utf8)
        guard let first = lines.next() else { return nil }
        let mark = Array(utf8[White.trim(utf8, first)])
        let isYAML = mark == Array("---".utf8)
        guard isYAML || mark == Array("+++".utf8) else { return nil }
        var (title, hasKey): (String?, Bool) = (nil, false)
        for _ in 0..<Self.maxLines {
            guard let line = lines.next() else { return nil }
            let content = utf8[White.trim(utf8, line)]
            if content.elementsEqual(mark) || (isYAML && content.elementsEqual("...".utf8)) {
                guard hasKey else { return nil }
                (range, end, self.title) = (0..<content.endIndex, min(line.upperBound + 1, utf8.count), title)
                return
            }
            guard let (key, value) = Self.entry(content, separator: isYAML ? Ascii.colon : Ascii.equals) else { continue }
            hasKey = true
            if title == nil, line.lowerBound == content.startIndex, key.elementsEqual("title".utf8) { title = value }
        }
        return nil
    }

    private static func entry(_ line: ArraySlice<UInt8>, separator: UInt8) -> (key: [UInt8], value: String?)? {
        guard let split = line.firstIndex(of: separator), split > line.startIndex else { return nil }
        let key = line[..<split].filter { !Ascii.isBlank($0) }.map(Ascii.lowercased)
        var value = line[(split + 1)...].drop(while: Ascii.isBlank)
        if let quote = value.first, quote == Ascii.quote || quote == Ascii.apostrophe, value.count >= 2,
            value.last == quote
        {
            value = value.dropFirst().dropLast()
        }
        let text = OneLine.text(Array(value), maxScalars: 300)
        return (key, text.isEmpty || text == "|" || text == ">" ? nil : text)
    }
}
