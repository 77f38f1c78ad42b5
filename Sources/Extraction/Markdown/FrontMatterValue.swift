/// A scalar of YAML, TOML or JSON, on one line or several. Line ends in it count as spaces.
///
/// - Source: YAML 1.2.2, sections 7.3 (flow scalars) and 8.1 (block scalars); TOML 1.0, strings.
struct FrontMatterValue {
    /// The characters of the value, in UTF-8.
    let text: [UInt8]

    /// Maximum number of bytes of a value to read.
    private static let maximumBytes = 4_096

    /// - Parameters:
    ///   - first: what follows the key on its line.
    ///   - further: the following lines that are blank or indented.
    init(yaml first: ArraySlice<UInt8>, further: [ArraySlice<UInt8>]) {
        let start = first.drop(while: Ascii.isBlank)
        switch start.first {
        case UInt8(ascii: ">"), Ascii.pipe: text = Self.joined(further)
        case Ascii.quote: text = Self.doubleQuoted(Self.joined([start.dropFirst()] + further))
        case Ascii.apostrophe: text = Self.singleQuoted(Self.joined([start.dropFirst()] + further))
        case nil: text = []
        default: text = Self.plain(Self.joined([start] + further, withoutComments: true))
        }
    }

    /// - Parameters:
    ///   - first: what follows the key and the equals sign on their line.
    ///   - further: the following lines.
    init(toml first: ArraySlice<UInt8>, further: [ArraySlice<UInt8>]) {
        let start = first.drop(while: Ascii.isBlank)
        switch start.first {
        case let mark? where start.starts(with: [mark, mark, mark]) && (mark == Ascii.quote || mark == Ascii.apostrophe):
            let value = Self.until([mark, mark, mark], Self.joined([start.dropFirst(3)] + further))
            text = mark == Ascii.quote ? Self.doubleQuoted(value, isEnded: true) : value
        case Ascii.quote: text = Self.doubleQuoted(Array(start.dropFirst()))
        case Ascii.apostrophe: text = Array(start.dropFirst().prefix { $0 != Ascii.apostrophe })
        default: text = Array(Self.withoutComment(start))
        }
    }

    /// Returns the text before the first occurrence of `mark`.
    private static func until(_ mark: [UInt8], _ text: [UInt8]) -> [UInt8] {
        let end = text.indices.first { text[$0...].starts(with: mark) }
        return Array(text[..<(end ?? text.endIndex)])
    }

    /// Returns the text of a scalar without quotation marks; nothing for YAML's null.
    private static func plain(_ text: [UInt8]) -> [UInt8] {
        let value = String(decoding: text.prefix(8), as: UTF8.self).split(separator: " ")
        return value.count == 1 && ["~", "null", "Null", "NULL"].contains(value[0]) && text.count < 8 ? [] : text
    }

    /// Returns the lines with spaces between them, without their comments if wanted.
    private static func joined(_ lines: [ArraySlice<UInt8>], withoutComments: Bool = false) -> [UInt8] {
        var text: [UInt8] = []
        for line in lines where text.count < maximumBytes {
            text.append(contentsOf: withoutComments ? withoutComment(line) : line)
            text.append(Ascii.space)
        }
        return Array(text.prefix(maximumBytes))
    }

    /// Returns the line up to a `#` after white space.
    private static func withoutComment(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let hash = line.indices.first { line[$0] == Ascii.hash && ($0 == line.startIndex || Ascii.isBlank(line[$0 - 1])) }
        return hash.map { line[..<$0] } ?? line
    }

    private static func singleQuoted(_ text: [UInt8]) -> [UInt8] {
        var value: [UInt8] = []
        var i = 0
        while i < text.count {
            if text[i] == Ascii.apostrophe {
                guard i + 1 < text.count, text[i + 1] == Ascii.apostrophe else { break }
                i += 1
            }
            value.append(text[i])
            i += 1
        }
        return value
    }

    /// - Parameter isEnded: whether the text is the whole value, in which quotation marks are characters.
    private static func doubleQuoted(_ text: [UInt8], isEnded: Bool = false) -> [UInt8] {
        var value: [UInt8] = []
        var i = 0
        while i < text.count, isEnded || text[i] != Ascii.quote {
            if text[i] == Ascii.backslash, i + 1 < text.count {
                let (bytes, length) = escape(text[(i + 1)...])
                value.append(contentsOf: bytes)
                i += 1 + length
            } else {
                value.append(text[i])
                i += 1
            }
        }
        return value
    }

    /// Returns the character of an escape sequence, and the number of bytes after the backslash.
    private static func escape(_ text: ArraySlice<UInt8>) -> (bytes: [UInt8], length: Int) {
        let digits = ["x": 2, "u": 4, "U": 8][Character(Unicode.Scalar(text[text.startIndex]))]
        if let digits, text.count > digits {
            let number = UInt32(String(decoding: text.dropFirst().prefix(digits), as: UTF8.self), radix: 16)
            if let scalar = number.flatMap(Unicode.Scalar.init) { return (Array(String(scalar).utf8), 1 + digits) }
        }
        let isWhite = text.first.map { [UInt8(ascii: "n"), UInt8(ascii: "t"), UInt8(ascii: "r")].contains($0) } ?? false
        return ([isWhite ? Ascii.space : text[text.startIndex]], 1)
    }
}
