import Extraction

/// The tokens of RTF: braces, control words and symbols, bytes of text. The data of `\bin` is skipped.
///
/// - Source: Rich Text Format Specification 1.9.1, "RTF Syntax".
struct RTFTokens: Sequence, IteratorProtocol {
    enum Token {
        case open, close
        /// A control word in letters, and its number if it has one.
        case word(String, Int?)
        /// A control symbol, such as `\~`.
        case symbol(UInt8)
        /// A byte as `\'` and two digits.
        case byte(UInt8)
        /// Bytes without newlines.
        case text(ArraySlice<UInt8>)
    }

    private let bytes: [UInt8]
    private var i = 0

    private static let longestWord = 32

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func next() -> Token? {
        while i < bytes.count {
            switch bytes[i] {
            case UInt8(ascii: "{"):
                i += 1
                return .open
            case UInt8(ascii: "}"):
                i += 1
                return .close
            case Ascii.backslash: return control()
            case Ascii.newline, Ascii.carriageReturn, 0: i += 1
            default: return .text(text())
            }
        }
        return nil
    }

    private mutating func text() -> ArraySlice<UInt8> {
        let start = i
        while i < bytes.count, !Self.isSpecial(bytes[i]) { i += 1 }
        return bytes[start..<i]
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}") || byte == Ascii.backslash || byte == Ascii.newline
            || byte == Ascii.carriageReturn || byte == 0
    }

    private mutating func control() -> Token? {
        i += 1
        guard i < bytes.count else { return nil }
        let first = bytes[i]
        guard Ascii.isLetter(first) else {
            i += 1
            if first == Ascii.apostrophe { return hex() }
            // A backslash before a newline is a paragraph.
            return first == Ascii.newline || first == Ascii.carriageReturn ? .word("par", nil) : .symbol(first)
        }
        let start = i
        while i < bytes.count, i - start < Self.longestWord, Ascii.isLetter(bytes[i]) { i += 1 }
        let word = String(decoding: bytes[start..<i], as: UTF8.self)
        let number = number()
        if i < bytes.count, bytes[i] == Ascii.space { i += 1 }
        if word == "bin" {
            let (end, isOver) = i.addingReportingOverflow(Swift.max(number ?? 0, 0))
            i = isOver ? bytes.count : Swift.min(end, bytes.count)
        }
        return .word(word, number)
    }

    private mutating func hex() -> Token {
        var value: UInt8 = 0
        for _ in 0..<2 {
            guard i < bytes.count, let digit = Self.nibble(bytes[i]) else { break }
            value = value << 4 | digit
            i += 1
        }
        return .byte(value)
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    /// Reads the number after a control word; a longer one than any control has is cut.
    private mutating func number() -> Int? {
        let start = i
        if i < bytes.count, bytes[i] == Ascii.hyphen { i += 1 }
        let digits = i
        while i < bytes.count, i - digits < 12, Ascii.isDigit(bytes[i]) { i += 1 }
        guard i > digits else {
            i = start
            return nil
        }
        return Int(String(decoding: bytes[start..<i], as: UTF8.self))
    }
}
