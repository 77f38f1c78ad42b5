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
        var matter: [Range<Int>] = []
        while let line = lines.next(), matter.count < Self.maxLines {
            let content = utf8[White.trim(utf8, line)]
            if content.elementsEqual(mark) || (isYAML && content.elementsEqual("...".utf8)) {
                let separator = isYAML ? Ascii.colon : Ascii.equals
                guard matter.contains(where: { Self.key(utf8[$0], separator) != nil }) else { return nil }
                (range, end) = (0..<content.endIndex, min(line.upperBound + 1, utf8.count))
                title = Self.title(utf8, matter, separator)
                return
            }
            matter.append(line)
        }
        return nil
    }

    /// Returns the key of a line in lower case, and the offset after its separator; `nil` if the line has none.
    private static func key(_ line: ArraySlice<UInt8>, _ separator: UInt8) -> (name: [UInt8], end: Int)? {
        guard let split = line.firstIndex(of: separator), split > line.startIndex else { return nil }
        return (line[..<split].filter { !Ascii.isBlank($0) }.map(Ascii.lowercased), split + 1)
    }

    private static func title(_ utf8: [UInt8], _ lines: [Range<Int>], _ separator: UInt8) -> String? {
        for (place, line) in lines.enumerated() where !line.isEmpty && !Ascii.isBlank(utf8[line.lowerBound]) {
            guard let (name, end) = key(utf8[line], separator), name.elementsEqual("title".utf8) else { continue }
            let further = lines[(place + 1)...].prefix { $0.isEmpty || Ascii.isWhite(utf8[$0.lowerBound]) }
            let value = FrontMatterValue(utf8[end..<line.upperBound], further: further.map { utf8[$0] })
            let text = OneLine.text(value.text, maxScalars: 300)
            if !text.isEmpty { return text }
        }
        return nil
    }
}
