/// The probable format of a text, judged by its beginning: markup with a root element, a message, JSON, or delimited text.
struct TextLook {
    /// Number of bytes that are read of a text.
    static let headBytes = 8192

    /// The first bytes, without byte order mark and without the NULs of UTF-16.
    private let head: [UInt8]
    private let tail: [UInt8]
    private let file: FileBytes
    private let isUTF16: Bool

    /// The format that is plain to see; `nil` for other text.
    let structure: DocumentFormat?

    init(_ file: FileBytes, head: [UInt8]) {
        isUTF16 = head.prefix(512).contains(0)
        let plain =
            isUTF16 ? head.filter { $0 != 0 && $0 < 0x80 } : head.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(head.dropFirst(3)) : head
        let tail = file.bytes(max(0, file.count - 256)..<file.count).filter { $0 != 0 }
        (self.file, self.head, self.tail) = (file, plain, tail)
        structure = Self.markup(plain, tail) ?? MessageLook.format(plain) ?? Self.json(plain, tail, file, isUTF16: isUTF16)
    }

    /// Returns the format that a text has within the family of `format`: JSON may be a notebook, and XML may be SVG, XHTML
    /// or, without a tag at its beginning, plain text.
    func refined(_ format: DocumentFormat) -> DocumentFormat {
        switch format {
        case .json: structure == .notebook ? .notebook : .json
        // Types such as `application/rls-services+xml` are declared of files that only have an extension in common.
        case .xml: structure == .svg || structure == .xhtml ? structure ?? .xml : startsWithTag ? .xml : .plainText
        // A mailbox of one message is one too.
        case .eml: structure == .mbox ? .mbox : .eml
        default: format
        }
    }

    private var startsWithTag: Bool { head.first { !Ascii.isWhite($0) } == UInt8(ascii: "<") }

    /// Returns the format of a text whose name or type is that of a binary format which exports often write as text.
    func tableOrText(named: DocumentFormat?) -> DocumentFormat? {
        switch named {
        case .xls, .xlsx: looksDelimited ? .csv : nil
        case .doc: .plainText
        default: nil
        }
    }

    /// Whether each of the first lines has the same number of values, at least three, or two with a tab between.
    var looksDelimited: Bool {
        var lines = head.split(separator: Ascii.newline, maxSplits: 24, omittingEmptySubsequences: false)
        // The last one is incomplete.
        if lines.count > 24 || head.count >= Self.headBytes { lines.removeLast() }
        let rows = lines.map { $0.last == Ascii.carriageReturn ? $0.dropLast() : $0 }.filter { !$0.isEmpty }
        guard rows.count >= 3 else { return false }
        return [(Ascii.tab, 1), (UInt8(ascii: ","), 2), (Ascii.semicolon, 2), (Ascii.pipe, 2)].contains { delimiter, least in
            let counts = rows.map { Self.delimiters($0, delimiter) }
            guard let first = counts.first, first >= least, counts.allSatisfy({ $0 == first }) else { return false }
            // In prose a comma is followed by a space.
            return delimiter != UInt8(ascii: ",") || !rows.allSatisfy { Self.isProse($0) }
        }
    }

    private static func delimiters(_ row: ArraySlice<UInt8>, _ delimiter: UInt8) -> Int {
        var (count, isQuoted) = (0, false)
        for byte in row {
            if byte == Ascii.quote { isQuoted.toggle() } else if byte == delimiter, !isQuoted { count += 1 }
        }
        return count
    }

    private static func isProse(_ row: ArraySlice<UInt8>) -> Bool {
        zip(row, row.dropFirst()).allSatisfy { $0 != UInt8(ascii: ",") || $1 == Ascii.space }
    }

    // MARK: Markup

    private static func markup(_ head: [UInt8], _ tail: [UInt8]) -> DocumentFormat? {
        var prolog = XMLProlog(head)
        // A long internal subset hides the root.
        guard let root = prolog.rootName() ?? prolog.doctype else { return nil }
        let isHTML = root == "html" || prolog.doctype == "html"
        if isHTML { return prolog.hasDeclaration ? .xhtml : .html }
        if root == "svg" { return .svg }
        if prolog.hasDeclaration || prolog.doctype != nil { return .xml }
        if root == "head" || root == "body" { return .html }
        // Without a declaration, the text must end with the element that it begins with.
        guard !XMLProlog.htmlNames.contains(root) else { return nil }
        var end = tail[...]
        while let last = end.last, Ascii.isWhite(last) { end = end.dropLast() }
        return end.map(Ascii.lowercased).suffix(root.utf8.count + 1) == Array("\(root)>".utf8)[...] ? .xml : nil
    }

    // MARK: JSON

    private static func json(_ head: [UInt8], _ tail: [UInt8], _ file: FileBytes, isUTF16: Bool) -> DocumentFormat? {
        let start = head.drop(while: Ascii.isWhite)
        guard let bracket = start.first, bracket == UInt8(ascii: "{") || bracket == UInt8(ascii: "[") else { return nil }
        guard let last = tail.last(where: { !Ascii.isWhite($0) }), last == UInt8(ascii: "}") || last == UInt8(ascii: "]") else {
            return nil
        }
        let next = start.dropFirst().drop(while: Ascii.isWhite)
        guard let first = next.first else { return nil }
        let isObject = bracket == UInt8(ascii: "{")
        let begins = isObject ? first == Ascii.quote || first == UInt8(ascii: "}") : isValueStart(next)
        guard begins else { return nil }
        return isObject && contains("\"nbformat\"", file, isUTF16: isUTF16) && contains("\"cells\"", file, isUTF16: isUTF16)
            ? .notebook : .json
    }

    private static func isValueStart(_ text: ArraySlice<UInt8>) -> Bool {
        guard let first = text.first else { return false }
        if [Ascii.quote, UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "]"), Ascii.hyphen].contains(first) { return true }
        if Ascii.isDigit(first) { return text.drop { Ascii.isDigit($0) || $0 == Ascii.period }.first != UInt8(ascii: "]") }
        return ["true", "false", "null"].contains { text.starts(with: $0.utf8) }
    }

    /// Returns whether the beginning or the end of the file contains the text.
    private static func contains(_ text: String, _ file: FileBytes, isUTF16: Bool) -> Bool {
        let ends = [file.bytes(0..<headBytes), file.bytes(max(0, file.count - headBytes)..<file.count)]
        return ends.contains { end in
            let plain = isUTF16 ? end.filter { $0 != 0 } : end
            return plain.contains(Array(text.utf8))
        }
    }
}
