/// The beginning of a text with markup: its declaration, comments, document type, and the name of its root element.
struct XMLProlog {
    private var rest: ArraySlice<UInt8>
    private(set) var hasDeclaration = false
    /// The name in the document type declaration, in lower case.
    private(set) var doctype: String?

    init(_ head: [UInt8]) { rest = head[...] }

    /// Elements with which fragments of HTML begin.
    static let htmlNames: Set<String> = [
        "p", "div", "span", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "a", "b", "i", "article", "section", "main", "header",
        "footer", "nav", "br", "hr", "img", "pre", "center", "font", "form", "style", "script", "meta", "link", "title", "template",
    ]

    /// Returns the name of the first element without its prefix, in lower case; `nil` if the text does not begin with markup.
    mutating func rootName() -> String? {
        while true {
            rest = rest.drop(while: Ascii.isWhite)
            guard rest.first == Ascii.less else { return nil }
            if rest.starts(with: "<?".utf8) {
                if rest.starts(with: "<?xml".utf8) { hasDeclaration = true }
                guard skip(to: "?>") else { return nil }
            } else if rest.starts(with: "<!--".utf8) {
                guard skip(to: "-->") else { return nil }
            } else if rest.dropFirst().first == Ascii.bang {
                guard skipDoctype() else { return nil }
            } else {
                return elementName()
            }
        }
    }

    private mutating func skip(to end: String) -> Bool {
        let end = Array(end.utf8)
        guard let last = end.last else { return false }
        while let place = rest.firstIndex(of: last) {
            let found = rest[...place].suffix(end.count).elementsEqual(end)
            rest = rest[(place + 1)...]
            if found { return true }
        }
        return false
    }

    private mutating func skipDoctype() -> Bool {
        let word = rest.dropFirst(2).prefix(7).map(Ascii.lowercased)
        guard word.elementsEqual("doctype".utf8) else { return false }
        doctype = String(
            decoding: rest.dropFirst(9).drop(while: Ascii.isWhite).prefix(while: Self.isName).map(Ascii.lowercased), as: UTF8.self)
        var depth = 0
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "[") { depth += 1 } else if byte == UInt8(ascii: "]") { depth -= 1 }
            if byte == Ascii.greater, depth <= 0 { return true }
        }
        // An internal subset that is longer than what is read: the document type alone tells.
        return false
    }

    private mutating func elementName() -> String? {
        let name = rest.dropFirst().prefix(while: Self.isName)
        guard let first = name.first, Ascii.isLetter(first) || first >= 0x80 || first == Ascii.underscore else { return nil }
        let after = rest.dropFirst(1 + name.count).first
        guard after.map({ Ascii.isWhite($0) || $0 == Ascii.greater || $0 == Ascii.slash }) ?? false else { return nil }
        let local = name.split(separator: Ascii.colon).last ?? name
        return String(decoding: local.map(Ascii.lowercased), as: UTF8.self)
    }

    private static func isName(_ byte: UInt8) -> Bool {
        Ascii.isLetter(byte) || Ascii.isDigit(byte) || byte >= 0x80 || byte == Ascii.colon || byte == Ascii.underscore
            || byte == Ascii.hyphen
            || byte == Ascii.period
    }
}
