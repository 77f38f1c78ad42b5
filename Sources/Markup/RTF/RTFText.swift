import Extraction

/// Text that is decoded as it arrives: bytes in the encoding of a font, and Unicode numbers with bytes to skip after them.
struct RTFText {
    private(set) var utf8: [UInt8] = []
    /// Bytes of one encoding, which are decoded together because a character may have two.
    private var pending: [UInt8] = []
    private var codePage = 1252
    private var highSurrogate: UInt16?
    /// Number of characters to skip: the replacement of a Unicode character for old readers.
    private var skips = 0

    var isEmpty: Bool { utf8.isEmpty && pending.isEmpty && highSurrogate == nil }

    mutating func add(_ bytes: ArraySlice<UInt8>, codePage: Int) {
        let skipped = Swift.min(skips, bytes.count)
        skips -= skipped
        guard skipped < bytes.count else { return }
        begin(codePage)
        pending += bytes.dropFirst(skipped)
    }

    /// Adds text that is already UTF-8, after the replacement of a Unicode character has been skipped.
    mutating func add(_ text: String) {
        if skips > 0 {
            skips -= 1
            return
        }
        flush()
        utf8 += Array(text.utf8)
    }

    /// - Parameters:
    ///   - number: a unit of UTF-16, signed.
    ///   - replacement: how many characters follow for readers without Unicode.
    mutating func add(unit number: Int, replacement: Int) {
        flushBytes()
        skips = replacement
        let unit = UInt16(truncatingIfNeeded: number)
        switch unit {
        case 0xD800...0xDBFF:
            flush()
            highSurrogate = unit
        case 0xDC00...0xDFFF:
            utf8 += Array(String(decoding: [highSurrogate ?? 0xFFFD, unit], as: UTF16.self).utf8)
            highSurrogate = nil
        // Characters of symbol fonts: only the bullet is one in other fonts.
        case 0xF000...0xF0FF: add(symbol: UInt8(unit & 0xFF))
        case 0: break
        default:
            flush()
            utf8 += Array(String(decoding: [unit], as: UTF16.self).utf8)
        }
    }

    mutating func add(symbol byte: UInt8) {
        flush()
        if byte == 0xB7 || byte == 0xA7 { utf8 += Array("•".utf8) } else if byte == Ascii.space { utf8.append(byte) }
    }

    /// Braces end the replacement of a Unicode character.
    mutating func endReplacement() { skips = 0 }

    mutating func take() -> [UInt8] {
        flush()
        let text = utf8
        utf8 = []
        return text
    }

    private mutating func begin(_ newCodePage: Int) {
        if newCodePage != codePage || highSurrogate != nil { flush() }
        codePage = newCodePage
    }

    private mutating func flush() {
        flushBytes()
        if highSurrogate != nil {
            utf8 += [0xEF, 0xBF, 0xBD]
            highSurrogate = nil
        }
    }

    private mutating func flushBytes() {
        guard !pending.isEmpty else { return }
        utf8 += pending.allSatisfy({ $0 < 0x80 }) ? pending : LenientText.utf8(pending, exactCodePage: codePage)
        pending = []
    }
}
