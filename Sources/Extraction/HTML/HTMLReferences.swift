/// Character references, as `&eacute;` and `&#233;`.
///
/// The sieve resolves them, because libxml2 knows only those of HTML 4, and only with their semicolon.
///
/// - Source: WHATWG HTML, sections 13.2.5.72 to 13.2.5.80; CommonMark 0.31, section 2.5; XML 1.0, section 4.1.
enum HTMLReferences {
    enum Syntax {
        /// The semicolon is optional after numbers and after the names of HTML 2.
        case html
        /// The rules of HTML, except that a name without a semicolon is no reference if a letter, a digit or `=` follows: it is part of
        /// a URL.
        case attribute
        /// The semicolon is required.
        case xml
        /// The semicolon is required, and numbers have at most seven digits.
        case markdown
    }

    /// Returns the text with the characters of its references. What would be markup stays a reference.
    ///
    /// - Parameter text: text without tags.
    /// - Complexity: linear.
    static func resolved(_ text: ArraySlice<UInt8>, _ syntax: Syntax) -> [UInt8] {
        var resolved: [UInt8] = []
        resolved.reserveCapacity(text.count + 8)
        var rest = text
        while let ampersand = rest.firstIndex(of: Ascii.ampersand) {
            resolved.append(contentsOf: rest[..<ampersand])
            rest = rest[(ampersand + 1)...]
            if let reference = read(rest, syntax) {
                for byte in reference.characters { append(byte, to: &resolved) }
                rest = rest[(rest.startIndex + reference.length)...]
            } else {
                // libxml2 takes an ampersand before other characters for itself.
                let mayBeReference = rest.first.map { Ascii.isLetter($0) || $0 == Ascii.hash } ?? false
                resolved.append(contentsOf: mayBeReference ? "&amp;".utf8 : "&".utf8)
            }
        }
        resolved.append(contentsOf: rest)
        return resolved
    }

    private static func append(_ byte: UInt8, to text: inout [UInt8]) {
        switch byte {
        case Ascii.ampersand: text.append(contentsOf: "&amp;".utf8)
        case Ascii.less: text.append(contentsOf: "&lt;".utf8)
        case Ascii.quote: text.append(contentsOf: "&quot;".utf8)
        default: text.append(byte)
        }
    }

    /// Reads the reference at the start of a text.
    ///
    /// - Parameter text: what follows the ampersand.
    /// - Returns: the characters, in UTF-8, and the length of the reference without its ampersand; `nil` if there is none.
    static func read(_ text: ArraySlice<UInt8>, _ syntax: Syntax) -> (characters: [UInt8], length: Int)? {
        text.first == Ascii.hash ? number(text, syntax) : name(text, syntax)
    }

    private static func name(_ text: ArraySlice<UInt8>, _ syntax: Syntax) -> (characters: [UInt8], length: Int)? {
        let run = text.prefix(HTMLEntities.longestName).prefix { Ascii.isLetter($0) || Ascii.isDigit($0) }
        if text[run.endIndex...].first == Ascii.semicolon, let characters = HTMLEntities.characters(run) {
            return (characters, run.count + 1)
        }
        guard syntax == .html || syntax == .attribute else { return nil }
        for count in stride(from: min(longestLegacyName, run.count), to: 1, by: -1) {
            let name = run.prefix(count)
            guard legacyNames.contains(Array(name)), let characters = HTMLEntities.characters(name) else { continue }
            let next = text[name.endIndex...].first ?? 0
            let goesOn = syntax == .attribute && (next == Ascii.equals || Ascii.isLetter(next) || Ascii.isDigit(next))
            return goesOn ? nil : (characters, count)
        }
        return nil
    }

    private static func number(_ text: ArraySlice<UInt8>, _ syntax: Syntax) -> (characters: [UInt8], length: Int)? {
        let isHexadecimal = text.dropFirst().first.map { $0 | 0x20 == UInt8(ascii: "x") } ?? false
        let digits = text.dropFirst(isHexadecimal ? 2 : 1).prefix { Ascii.isDigit($0) || isHexadecimal && ($0 | 0x20) &- 0x61 < 6 }
        guard !digits.isEmpty, syntax != .markdown || digits.count <= (isHexadecimal ? 6 : 7) else { return nil }
        let hasSemicolon = text[digits.endIndex...].first == Ascii.semicolon
        guard hasSemicolon || syntax == .html || syntax == .attribute else { return nil }
        let value = digits.reduce(UInt32(0)) { value, digit in
            let digit = UInt32(Ascii.isDigit(digit) ? digit - UInt8(ascii: "0") : (digit | 0x20) - 0x61 + 10)
            return min(0x11_0000, value * (isHexadecimal ? 16 : 10) + digit)
        }
        let length = digits.endIndex - text.startIndex + (hasSemicolon ? 1 : 0)
        return (Array(String(scalar(value)).utf8), length)
    }

    /// Returns the scalar of a number; the replacement character if it is none.
    private static func scalar(_ value: UInt32) -> Unicode.Scalar {
        guard value != 0, let scalar = Unicode.Scalar(value) else { return "\u{FFFD}" }
        // Authors write `&#150;` for a byte of windows-1252.
        return (0x80...0x9F).contains(value) ? Windows1252.scalar(UInt8(value)) ?? scalar : scalar
    }

    private static let legacyNames = Set(
        """
        AElig AMP Aacute Acirc Agrave Aring Atilde Auml COPY Ccedil ETH Eacute Ecirc Egrave Euml GT Iacute Icirc Igrave \
        Iuml LT Ntilde Oacute Ocirc Ograve Oslash Otilde Ouml QUOT REG THORN Uacute Ucirc Ugrave Uuml Yacute aacute \
        acirc acute aelig agrave amp aring atilde auml brvbar ccedil cedil cent copy curren deg divide eacute ecirc \
        egrave eth euml frac12 frac14 frac34 gt iacute icirc iexcl igrave iquest iuml laquo lt macr micro middot nbsp \
        not ntilde oacute ocirc ograve ordf ordm oslash otilde ouml para plusmn pound quot raquo reg sect shy sup1 sup2 \
        sup3 szlig thorn times uacute ucirc ugrave uml uuml yacute yen yuml
        """.split(separator: " ").map { Array($0.utf8) })

    private static let longestLegacyName = 6
}
