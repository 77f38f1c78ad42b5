/// An HTML block of a Markdown source. Its lines are not parsed as Markdown, so they hold no headings.
///
/// - Source: CommonMark 0.31, section 4.6; the number of a kind is in its comment.
struct HTMLBlock: Equatable {
    private enum End: Equatable {
        /// The line has one of these endings, in any case of letters (1 to 5).
        case text([String])
        /// The next line is blank (6 and 7).
        case blankLine
    }

    private let end: End
    /// Whether the block may begin in the line after one of a paragraph.
    let interruptsParagraph: Bool

    /// Whether a blank line ends the block.
    var endsAtBlankLine: Bool { end == .blankLine }

    /// - Parameter line: a line from its first visible byte.
    init?(_ line: ArraySlice<UInt8>) {
        guard line.first == Ascii.less else { return nil }
        let rest = line.dropFirst()
        if let end = Self.literalEnd(rest) {
            (self.end, interruptsParagraph) = (.text([end]), true)
        } else if let tag = Tag(rest) {
            guard let (end, interrupts) = Self.end(of: tag, rest) else { return nil }
            (self.end, interruptsParagraph) = (end, interrupts)
        } else {
            return nil
        }
    }

    /// Returns whether the block ends with this line. A block that ends at a blank line does not contain it.
    func ends(_ line: ArraySlice<UInt8>) -> Bool {
        guard case .text(let endings) = end else { return false }
        return endings.contains { Self.contains($0, line) }
    }

    /// Returns the end of a comment (2), instruction (3), CDATA section (5) or declaration (4).
    private static func literalEnd(_ rest: ArraySlice<UInt8>) -> String? {
        if rest.starts(with: "!--".utf8) { return "-->" }
        if rest.first == Ascii.question { return "?>" }
        if rest.starts(with: "![CDATA[".utf8) { return "]]>" }
        return rest.first == Ascii.bang && rest.dropFirst().first.map(Ascii.isLetter) == true ? ">" : nil
    }

    private static func end(of tag: Tag, _ rest: ArraySlice<UInt8>) -> (End, interruptsParagraph: Bool)? {
        if rawElements.contains(tag.name), !tag.isClosing { return (.text(rawElements.map { "</\($0)>" }), true) }
        if blockElements.contains(tag.name) { return (.blankLine, true) }
        return tag.isAlone ? (.blankLine, false) : nil
    }

    private static func contains(_ text: String, _ line: ArraySlice<UInt8>) -> Bool {
        let wanted = Array(text.utf8)
        guard line.count >= wanted.count else { return false }
        return (line.startIndex...line.endIndex - wanted.count).contains { start in
            wanted.indices.allSatisfy { Ascii.lowercased(line[start + $0]) == wanted[$0] }
        }
    }

    /// Elements whose content is not Markdown even after blank lines (1).
    private static let rawElements: Set<String> = ["pre", "script", "style", "textarea"]

    /// Elements that begin a block wherever they stand (6).
    private static let blockElements: Set<String> = [
        "address", "article", "aside", "base", "basefont", "blockquote", "body", "caption", "center", "col", "colgroup", "dd", "details",
        "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "frame", "frameset", "h1", "h2", "h3",
        "h4", "h5", "h6", "head", "header", "hr", "html", "iframe", "legend", "li", "link", "main", "menu", "menuitem", "nav", "noframes",
        "ol", "optgroup", "option", "p", "param", "search", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "title",
        "tr", "track", "ul",
    ]
}

/// The tag at the start of a line.
private struct Tag {
    let name: String
    let isClosing: Bool
    /// Whether the tag is complete and nothing but white space follows it.
    let isAlone: Bool

    /// Maximum length of a name.
    private static let maximumName = 64

    /// - Parameter text: what follows `<`.
    init?(_ text: ArraySlice<UInt8>) {
        isClosing = text.first == Ascii.slash
        let text = isClosing ? text.dropFirst() : text
        guard text.first.map(Ascii.isLetter) == true else { return nil }
        let name = text.prefix(Self.maximumName).prefix { Ascii.isLetter($0) || Ascii.isDigit($0) || $0 == Ascii.hyphen }
        let rest = text[name.endIndex...]
        guard let next = rest.first else {
            (self.name, isAlone) = (Self.lowercased(name), false)
            return
        }
        guard Ascii.isBlank(next) || next == Ascii.greater || next == Ascii.slash else { return nil }
        self.name = Self.lowercased(name)
        isAlone = rest.last { !Ascii.isWhite($0) } == Ascii.greater && Self.isOneTag(rest)
    }

    /// Returns whether the only `>` outside quotation marks is the last byte, and no `<` is outside them.
    private static func isOneTag(_ rest: ArraySlice<UInt8>) -> Bool {
        var quote: UInt8?
        for (offset, byte) in rest.enumerated() {
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == Ascii.quote || byte == Ascii.apostrophe {
                quote = byte
            } else if byte == Ascii.less || byte == Ascii.greater {
                return byte == Ascii.greater && offset == rest.count - 1
            }
        }
        return false
    }

    private static func lowercased(_ name: ArraySlice<UInt8>) -> String { String(decoding: name.map(Ascii.lowercased), as: UTF8.self) }
}
