/// A declared encoding, reduced to the supported ones.
enum CharsetLabel: Equatable {
    case utf8
    case utf16(Endianness?)
    /// windows-1252, and also ISO-8859-1 and US-ASCII, as in all browsers.
    case windows1252
    case other(Charset)
    case unsupported

    enum Endianness { case little, big }

    /// - Source: WHATWG Encoding Standard, section 4.2 (labels).
    init(_ label: String) {
        let name = label.lowercased().trimmingWhite()
        switch name {
        case "utf-8", "utf8", "unicode-1-1-utf-8", "unicode11utf8", "x-unicode20utf8": self = .utf8
        case "utf-16", "ucs-2", "unicode", "iso-10646-ucs-2", "csunicode": self = .utf16(nil)
        case "utf-16le", "unicodefeff": self = .utf16(.little)
        case "utf-16be", "unicodefffe": self = .utf16(.big)
        case "windows-1252", "cp1252", "x-cp1252", "iso-8859-1", "iso8859-1", "iso88591", "iso_8859-1", "latin1", "l1",
            "us-ascii", "ascii", "ansi_x3.4-1968", "iso-ir-100", "csisolatin1", "cp819", "ibm819",
            "iso_8859-1:1987":
            self = .windows1252
        default: self = Charset(label: name).map(CharsetLabel.other) ?? .unsupported
        }
    }
}

extension String {
    /// Returns the string without ASCII white space and quotes at either end.
    fileprivate func trimmingWhite() -> String {
        let isEdge = { (byte: UInt8) in Ascii.isWhite(byte) || byte == Ascii.quote || byte == Ascii.apostrophe }
        var bytes = Array(utf8)[...].drop(while: isEdge)
        while let last = bytes.last, isEdge(last) { bytes = bytes.dropLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
