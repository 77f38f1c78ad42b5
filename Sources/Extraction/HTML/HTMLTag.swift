import ByteText

/// A tag with the attributes that affect text extraction.
struct HTMLTag {
    var name = ""
    var isSelfClosing = false
    /// The byte ranges, in the source, of the values of known attributes; the first one of each name counts.
    private(set) var attributes: [Attribute: Range<Int>] = [:]

    enum Attribute: String, CaseIterable {
        case hidden, style, alt, role, open, start, reversed, type, value, colspan, rowspan
        case styleClass = "class"
        case ariaHidden = "aria-hidden"
    }

    private static let interesting = Dictionary(
        uniqueKeysWithValues: Attribute.allCases.map { ($0.rawValue, $0) })

    /// Reads a tag by the rules of the HTML tokenizer, so that it ends at the same place as in a browser.
    ///
    /// - Parameter start: the first byte of the name, a letter.
    /// - Returns: `nil` if the file ends inside the tag; `end` is after its `>`.
    /// - Source: WHATWG HTML, sections 13.2.5.8 and 13.2.5.32 to 13.2.5.40.
    static func read(_ source: [UInt8], at start: Int) -> (tag: HTMLTag, end: Int)? {
        var reader = Reader(source: source, i: start)
        return reader.run().map { ($0, reader.i) }
    }

    func value(_ attribute: Attribute, _ source: [UInt8]) -> String? {
        attributes[attribute].map { range in
            String(decoding: source[range].prefix(4096).map(Ascii.lowercased), as: UTF8.self)
        }
    }

    /// Returns the integer with which the attribute's value begins, at most 2³¹ − 1 in magnitude; `nil` if it begins with none.
    func integer(_ attribute: Attribute, _ source: [UInt8]) -> Int? {
        guard let range = attributes[attribute] else { return nil }
        var digits = source[range].prefix(64).drop(while: Ascii.isWhite)
        let isNegative = digits.first == Ascii.hyphen
        if isNegative || digits.first == Ascii.plus { digits = digits.dropFirst() }
        digits = digits.prefix(while: Ascii.isDigit)
        guard !digits.isEmpty else { return nil }
        let magnitude = digits.reduce(0) { min(Self.largestInteger, 10 * $0 + Int($1 - UInt8(ascii: "0"))) }
        return isNegative ? -magnitude : magnitude
    }

    private static let largestInteger = 2_147_483_647

    /// Returns the style of numbers that a list or item asks for, in its style or else in its `type`.
    func listStyle(_ source: [UInt8]) -> HTMLNumbers.Style? {
        let declared = value(.style, source).flatMap { style in
            style.utf8.split(separator: Ascii.semicolon).compactMap { declaration in
                let parts = declaration.split(separator: Ascii.colon, maxSplits: 1)
                let isListStyle = parts.count == 2 && Self.listProperties.contains(Self.word(parts[0]))
                return isListStyle
                    ? parts[1].split(whereSeparator: Ascii.isWhite).lazy.compactMap { Self.listStyles[Array($0.prefix(40))] }.first : nil
            }.last
        }
        return declared ?? attributes[.type].flatMap { source[$0].first }.flatMap(HTMLNumbers.Style.init)
    }

    private static let listProperties = ["list-style", "list-style-type"].map { Array($0.utf8) }

    private static let listStyles: [[UInt8]: HTMLNumbers.Style] = {
        let styles: [String: HTMLNumbers.Style] = [
            "decimal": .decimal, "lower-alpha": .lowerLetter, "lower-latin": .lowerLetter, "upper-alpha": .upperLetter,
            "upper-latin": .upperLetter, "lower-roman": .lowerRoman, "upper-roman": .upperRoman,
        ]
        return Dictionary(uniqueKeysWithValues: styles.map { (Array($0.utf8), $1) })
    }()

    private struct Reader {
        let source: [UInt8]
        var i: Int

        mutating func run() -> HTMLTag? {
            var tag = HTMLTag()
            tag.name = name(endsAtEquals: false)
            while i < source.count {
                let byte = source[i]
                if byte == Ascii.greater {
                    i += 1
                    return tag
                }
                if byte == Ascii.slash || Ascii.isWhite(byte) {
                    tag.isSelfClosing = byte == Ascii.slash
                    i += 1
                    continue
                }
                tag.isSelfClosing = false
                attribute(into: &tag)
            }
            return nil
        }

        /// Reads a name in lower case, truncated to 32 bytes; no known name is longer.
        private mutating func name(endsAtEquals: Bool) -> String {
            let start = i
            while i < source.count {
                let byte = source[i]
                if byte == Ascii.greater || byte == Ascii.slash || Ascii.isWhite(byte) { break }
                if endsAtEquals, byte == Ascii.equals, i > start { break }
                i += 1
            }
            return String(decoding: source[start..<i].prefix(32).map(Ascii.lowercased), as: UTF8.self)
        }

        private mutating func attribute(into tag: inout HTMLTag) {
            let name = name(endsAtEquals: true)
            skipWhite()
            var range = i..<i
            if i < source.count, source[i] == Ascii.equals {
                i += 1
                skipWhite()
                range = value()
            }
            if let known = interesting[name], tag.attributes[known] == nil { tag.attributes[known] = range }
        }

        private mutating func value() -> Range<Int> {
            guard i < source.count, source[i] != Ascii.greater else { return i..<i }
            let quote = source[i]
            if quote == Ascii.quote || quote == Ascii.apostrophe {
                let start = i + 1
                i = start
                while i < source.count, source[i] != quote { i += 1 }
                defer { i = min(i + 1, source.count) }
                return start..<i
            }
            let start = i
            while i < source.count, source[i] != Ascii.greater, !Ascii.isWhite(source[i]) { i += 1 }
            return start..<i
        }

        private mutating func skipWhite() {
            while i < source.count, Ascii.isWhite(source[i]) { i += 1 }
        }
    }
}

extension HTMLTag {
    /// Returns whether an attribute, an inline style or a decorative class hides the element. Style sheets are not read.
    func isHidden(_ source: [UInt8]) -> Bool {
        if attributes.isEmpty { return false }
        if let hidden = value(.hidden, source), !hidden.hasSameBytes(as: "until-found") { return true }
        if name == "dialog", attributes[.open] == nil { return true }
        if let style = value(.style, source), Self.hides(style) { return true }
        return value(.styleClass, source)?.utf8.split(whereSeparator: Ascii.isWhite)
            .contains { Substring($0).hasSameBytes(asOneOf: HTMLVocabulary.decorativeClasses) } ?? false
    }

    /// Returns whether `aria-hidden` is set, as for icons and the visual copy of a formula. It is ignored on blocks, because some
    /// pages set it on all of their content while a dialog is open.
    func isDecoration(_ source: [UInt8]) -> Bool { value(.ariaHidden, source)?.hasSameBytes(as: "true") == true }

    private static func hides(_ style: String) -> Bool {
        style.utf8.split(separator: Ascii.semicolon).contains { declaration in
            let parts = declaration.split(separator: Ascii.colon, maxSplits: 1)
            guard parts.count == 2, let values = hidingValues[word(parts[0])] else { return false }
            let value = word(parts[1])
            return values.contains { value == $0 || value == $0 + "!important".utf8 }
        }
    }

    /// The values that hide an element, by property. They are bytes, because some styles are expensive to compare as strings.
    private static let hidingValues: [[UInt8]: [[UInt8]]] = {
        let values = ["display": ["none"], "visibility": ["hidden", "collapse"], "font-size": ["0", "0px", "0em", "0rem", "0pt", "0%"]]
        return Dictionary(uniqueKeysWithValues: values.map { (Array($0.utf8), $1.map { Array($0.utf8) }) })
    }()

    /// Returns the bytes without white space, truncated to 40 bytes; no known property or value is longer.
    private static func word(_ bytes: Substring.UTF8View) -> [UInt8] { Array(bytes.lazy.filter { !Ascii.isWhite($0) }.prefix(40)) }

    private static let regions: [(role: String, mark: HTMLMark)] = [
        ("main", .main), ("article", .article), ("banner", .header), ("navigation", .boilerplate), ("contentinfo", .boilerplate),
        ("complementary", .boilerplate),
    ]

    func region(_ source: [UInt8]) -> HTMLMark? {
        value(.role, source).flatMap { role in Self.regions.first { role.hasSameBytes(as: $0.role) }?.mark }
    }
}
