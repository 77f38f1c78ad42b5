/// Metadata before the text: YAML between `---` lines, TOML between `+++` lines, or a JSON object on lines of its own.
struct FrontMatter {
    /// The range from the opening to the closing marker, including both.
    let range: Range<Int>
    /// The start of the line after the front matter.
    let end: Int
    let title: String?

    private enum Syntax {
        case yaml, toml, json

        init?(opening: ArraySlice<UInt8>) {
            switch String(decoding: opening.prefix(4), as: UTF8.self) {
            case "---": self = .yaml
            case "+++": self = .toml
            case "{": self = .json
            default: return nil
            }
        }

        var separator: UInt8 { self == .toml ? Ascii.equals : Ascii.colon }

        func isClosing(_ line: ArraySlice<UInt8>) -> Bool {
            switch self {
            case .yaml: line.elementsEqual("---".utf8) || line.elementsEqual("...".utf8)
            case .toml: line.elementsEqual("+++".utf8)
            case .json: line.elementsEqual("}".utf8)
            }
        }
    }

    private static let maxLines = 1000

    /// Returns `nil` if the text does not begin with front matter: it has no marker, no closing line within 1,000 lines, or no key.
    init?(_ utf8: [UInt8]) {
        var lines = Lines(utf8)
        guard let first = lines.next(), let syntax = Syntax(opening: utf8[White.trim(utf8, first)]) else { return nil }
        var matter: [Range<Int>] = []
        while let line = lines.next(), matter.count < Self.maxLines {
            let content = utf8[White.trim(utf8, line)]
            // The end of an object in the object is indented.
            if syntax.isClosing(content), syntax != .json || content.startIndex == line.lowerBound {
                guard matter.contains(where: { Self.key(utf8[$0], syntax) != nil }) else { return nil }
                (range, end) = (0..<content.endIndex, min(line.upperBound + 1, utf8.count))
                title = Self.title(utf8, matter, syntax)
                return
            }
            matter.append(line)
        }
        return nil
    }

    /// Returns the key of a line in lower case, without quotation marks, and the offset after its separator; `nil` if the line has none.
    private static func key(_ line: ArraySlice<UInt8>, _ syntax: Syntax) -> (name: [UInt8], end: Int)? {
        guard let split = line.firstIndex(of: syntax.separator), split > line.startIndex else { return nil }
        let name = line[..<split].filter { !Ascii.isBlank($0) }.map(Ascii.lowercased)
        guard let mark = name.first, mark == Ascii.quote || mark == Ascii.apostrophe, name.count > 2, name.last == mark else {
            return syntax == .json ? nil : (name, split + 1)
        }
        return (Array(name.dropFirst().dropLast()), split + 1)
    }

    private static func title(_ utf8: [UInt8], _ lines: [Range<Int>], _ syntax: Syntax) -> String? {
        let margin = syntax == .json ? lines.first { !$0.isEmpty }.map { indent(utf8[$0]) } : 0
        for (place, line) in lines.enumerated() where !line.isEmpty {
            // Keys of a table in TOML, and keys that are indented more, are those of another thing.
            if syntax == .toml, utf8[line.lowerBound] == UInt8(ascii: "[") { return nil }
            guard syntax == .toml || indent(utf8[line]) == margin else { continue }
            guard let (name, end) = key(utf8[line], syntax), name.elementsEqual("title".utf8) else { continue }
            let further = lines[(place + 1)...].prefix { syntax == .toml || $0.isEmpty || Ascii.isWhite(utf8[$0.lowerBound]) }
            let first = utf8[end..<line.upperBound]
            let value =
                syntax == .toml
                ? FrontMatterValue(toml: first, further: further.map { utf8[$0] })
                : FrontMatterValue(yaml: first, further: further.map { utf8[$0] })
            let text = OneLine.text(value.text, maxScalars: 300)
            if !text.isEmpty { return text }
        }
        return nil
    }

    private static func indent(_ line: ArraySlice<UInt8>) -> Int { line.prefix(while: Ascii.isBlank).count }
}
