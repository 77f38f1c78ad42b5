/// Conversion of Markdown headings to plain text, for titles and heading paths.
package enum MarkdownInline {
    /// Returns the text of a heading without `#`, underline, emphasis, link targets, backticks and tags.
    ///
    /// - Parameter source: the heading's bytes in the source; only the first 2,000 bytes of its text are used.
    /// - Complexity: linear.
    package static func plainText(ofHeading source: ArraySlice<UInt8>, maxScalars: Int) -> String {
        var stripper = Stripper(Array(headingBody(source).prefix(2000)))
        return OneLine.text(stripper.run(), maxScalars: maxScalars)
    }

    /// Returns the heading without the `#`s of an ATX heading, or without the last line of an underlined one.
    private static func headingBody(_ source: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        if source.first == Ascii.hash {
            var body = source.drop { $0 == Ascii.hash }
            let closing = body.reversed().prefix { $0 == Ascii.hash }.count
            let before = body.dropLast(closing)
            if closing > 0, before.last.map(Ascii.isBlank) ?? true { body = before }
            return withoutAttributes(body)
        }
        guard let newline = source.lastIndex(of: Ascii.newline) else { return source }
        return source[..<newline]
    }

    /// Returns the heading without a trailing `{#id .class}`, which some dialects allow.
    private static func withoutAttributes(_ body: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard body.last == UInt8(ascii: "}"), let brace = body.lastIndex(of: UInt8(ascii: "{")) else { return body }
        let next = body[(brace + 1)...].first
        return next == Ascii.hash || next == Ascii.period ? body[..<brace] : body
    }
}

/// A one-pass scanner that removes the inline markup of a heading.
private struct Stripper {
    private let source: [UInt8]
    private var output: [UInt8] = []
    /// The offsets in `output` of unclosed brackets. If a bracket begins a link, it becomes a NUL, which is dropped at the end.
    private var brackets: [Int] = []
    private var i = 0
    private let lastParenthesis: Int
    private let lastBracket: Int
    private let lastGreater: Int

    init(_ source: [UInt8]) {
        self.source = source
        lastParenthesis = source.lastIndex(of: UInt8(ascii: ")")) ?? -1
        lastBracket = source.lastIndex(of: UInt8(ascii: "]")) ?? -1
        lastGreater = source.lastIndex(of: Ascii.greater) ?? -1
    }

    private func byte(at i: Int) -> UInt8 { source.indices.contains(i) ? source[i] : 0 }

    mutating func run() -> [UInt8] {
        while i < source.count {
            step()
            i += 1
        }
        return output.filter { $0 != 0 }
    }

    private mutating func step() {
        let next = byte(at: i + 1)
        switch source[i] {
        case Ascii.backslash where isMark(next):
            output.append(next)
            i += 1
        case Ascii.ampersand:
            let reference = HTMLReferences.read(source[(i + 1)...])
            output.append(contentsOf: reference?.character ?? [source[i]])
            i += reference?.length ?? 0
        case Ascii.backtick, Ascii.asterisk: break
        case Ascii.underscore where !isWord(byte(at: i - 1)) || !isWord(next): break
        case Ascii.tilde where next == Ascii.tilde: i += 1
        case Ascii.bang where next == UInt8(ascii: "["): break
        case UInt8(ascii: "["):
            brackets.append(output.count)
            output.append(source[i])
        case UInt8(ascii: "]"): closeBracket(next)
        case Ascii.less where isTagStart(next) && lastGreater > i: skip(to: Ascii.greater)
        default: output.append(source[i])
        }
    }

    private mutating func closeBracket(_ next: UInt8) {
        guard let opening = brackets.popLast() else { return output.append(source[i]) }
        if next == UInt8(ascii: "("), lastParenthesis > i {
            output[opening] = 0
            skip(to: UInt8(ascii: ")"))
        } else if next == UInt8(ascii: "["), lastBracket > i + 1 {
            output[opening] = 0
            i += 1
            skip(to: UInt8(ascii: "]"))
        } else {
            output.append(source[i])
        }
    }

    /// Moves `i` to the next `byte`; the caller ensures that there is one.
    private mutating func skip(to byte: UInt8) {
        repeat { i += 1 } while i < source.count && source[i] != byte
    }

    private func isWord(_ byte: UInt8) -> Bool { Ascii.isLetter(byte) || Ascii.isDigit(byte) || byte >= 0x80 }
    private func isMark(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7F && !isWord(byte) }
    private func isTagStart(_ byte: UInt8) -> Bool { Ascii.isLetter(byte) || byte == Ascii.slash }
}
