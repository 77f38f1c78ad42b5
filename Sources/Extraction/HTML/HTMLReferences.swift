import CLibXML2

/// Character references that browsers recognize without a semicolon, or that libxml2 does not know.
///
/// - Source: WHATWG HTML, sections 13.2.5.73 to 13.2.5.80, and the names without a semicolon of section 13.5.
enum HTMLReferences {
    private static let names = """
        AElig AMP Aacute Acirc Agrave Aring Atilde Auml COPY Ccedil ETH Eacute Ecirc Egrave Euml GT Iacute Icirc Igrave \
        Iuml LT Ntilde Oacute Ocirc Ograve Oslash Otilde Ouml QUOT REG THORN Uacute Ucirc Ugrave Uuml Yacute aacute \
        acirc acute aelig agrave amp aring atilde auml brvbar ccedil cedil cent copy curren deg divide eacute ecirc \
        egrave eth euml frac12 frac14 frac34 gt iacute icirc iexcl igrave iquest iuml laquo lt macr micro middot nbsp \
        not ntilde oacute ocirc ograve ordf ordm oslash otilde ouml para plusmn pound quot raquo reg sect shy sup1 sup2 \
        sup3 szlig thorn times uacute ucirc ugrave uml uuml yacute yen yuml
        """

    private static let legacy = Set(names.split(separator: " ").map { Array($0.utf8) })
    private static let longestName = 6

    /// Returns the text with a semicolon after each reference that lacks it, and with references that libxml2 knows.
    ///
    /// - Parameter text: text without tags.
    /// - Complexity: linear.
    static func completed(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var completed: [UInt8] = []
        completed.reserveCapacity(text.count + 8)
        var rest = text
        while let ampersand = rest.firstIndex(of: Ascii.ampersand) {
            completed.append(contentsOf: rest[..<ampersand])
            let (reference, end) = reference(rest[(ampersand + 1)...])
            completed.append(Ascii.ampersand)
            completed.append(contentsOf: reference)
            rest = rest[end...]
        }
        completed.append(contentsOf: rest)
        return completed
    }

    /// Returns what follows the ampersand in the result, and the end of what it replaces.
    private static func reference(_ text: ArraySlice<UInt8>) -> (text: [UInt8], end: Int) {
        if text.first == Ascii.hash { return number(text) }
        let run = text.prefix(32).prefix { Ascii.isLetter($0) || Ascii.isDigit($0) }
        if text[run.endIndex...].first == Ascii.semicolon {
            if run.elementsEqual("apos".utf8) { return (Array("#39".utf8), run.endIndex) }
            let name = known(Array(run))
            if isKnown(name) { return (name, run.endIndex) }
        }
        for count in stride(from: min(longestName, run.count), to: 1, by: -1) {
            let name = Array(run.prefix(count))
            if legacy.contains(name) { return (known(name) + [Ascii.semicolon], run.startIndex + count) }
        }
        return ([], text.startIndex)
    }

    /// Returns "#233;" of "#233 noir", and of "#xE9 noir" likewise.
    private static func number(_ text: ArraySlice<UInt8>) -> (text: [UInt8], end: Int) {
        let isHexadecimal = text.dropFirst().first.map { $0 | 0x20 == UInt8(ascii: "x") } ?? false
        let digits = text.dropFirst(isHexadecimal ? 2 : 1).prefix { Ascii.isDigit($0) || isHexadecimal && ($0 | 0x20) &- 0x61 < 6 }
        guard !digits.isEmpty else { return (Array("amp;".utf8), text.startIndex) }
        guard text[digits.endIndex...].first != Ascii.semicolon else { return ([], text.startIndex) }
        return (text[..<digits.endIndex] + [Ascii.semicolon], digits.endIndex)
    }

    /// Reads a reference with a semicolon, as Markdown has them.
    ///
    /// - Parameter text: what follows the ampersand.
    /// - Returns: the character, in UTF-8, and the length of the reference without its ampersand; `nil` if there is none.
    static func read(_ text: ArraySlice<UInt8>) -> (character: [UInt8], length: Int)? {
        guard let end = text.prefix(longestReference).firstIndex(of: Ascii.semicolon) else { return nil }
        let name = text[..<end]
        guard let scalar = scalar(name), scalar.value != 0 else { return nil }
        return (Array(String(scalar).utf8), name.count + 1)
    }

    /// Maximum length of a reference to read, in bytes.
    private static let longestReference = 32

    private static func scalar(_ name: ArraySlice<UInt8>) -> Unicode.Scalar? {
        if name.first == Ascii.hash {
            let digits = String(decoding: name.dropFirst(), as: UTF8.self)
            let isHexadecimal = digits.utf8.first.map { $0 | 0x20 == UInt8(ascii: "x") } ?? false
            return UInt32(isHexadecimal ? String(digits.dropFirst()) : digits, radix: isHexadecimal ? 16 : 10).flatMap(Unicode.Scalar.init)
        }
        if name.elementsEqual("apos".utf8) { return "'" }
        return (known(Array(name)) + [0]).withUnsafeBufferPointer { name in
            // SAFETY: the name ends with a NUL; the entry is in libxml2's own table.
            htmlEntityLookup(name.baseAddress).flatMap { Unicode.Scalar($0.pointee.value) }
        }
    }

    private static func isKnown(_ name: [UInt8]) -> Bool {
        // SAFETY: the name ends with a NUL, and libxml2 only compares it with those of its table.
        (name + [0]).withUnsafeBufferPointer { htmlEntityLookup($0.baseAddress) } != nil
    }

    /// Returns the name by which libxml2 knows the reference: HTML 4 has those in capitals in lower case only.
    private static func known(_ name: [UInt8]) -> [UInt8] {
        ["AMP", "COPY", "GT", "LT", "QUOT", "REG"].contains { name.elementsEqual($0.utf8) } ? name.map(Ascii.lowercased) : name
    }
}
