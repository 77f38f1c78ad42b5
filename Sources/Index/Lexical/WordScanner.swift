/// A scanner that splits UTF-8 text into words without changing their bytes.
///
/// A word is a run of letters, digits, marks and underscores, including an apostrophe between letters, a full stop between
/// digits, and invisible characters such as the soft hyphen. A run in a script without spaces (Chinese, Japanese, Korean,
/// Thai …) is a word of kind `unspaced`, which the analyzer splits into bigrams.
struct WordScanner {
    struct Word: Equatable {
        enum Kind { case ascii, unicode, unspaced }
        let bytes: Range<Int>
        let kind: Kind
        /// Whether the word is digits only, or a number with full stops between its digits.
        var isNumber = false
    }

    private enum Class: Equatable { case separator, letter, digit, otherNumber, apostrophe, stop, unspaced, invisible }

    let text: [UInt8]
    private var at = 0

    /// - Parameter text: valid UTF-8.
    init(_ text: [UInt8]) { self.text = text }

    mutating func next() -> Word? {
        while at < text.count {
            let (first, length) = classify(at)
            switch first {
            case .letter, .digit, .otherNumber: return word(first)
            case .unspaced: return unspacedRun()
            case .separator, .apostrophe, .stop, .invisible: at += length
            }
        }
        return nil
    }

    private mutating func word(_ first: Class) -> Word {
        let start = at
        var last = first
        var isASCII = true
        var isNumber = true
        var end = at
        while at < text.count {
            let (here, length) = classify(at)
            if here == .invisible {
                at += length
                continue
            }
            guard here == .letter || here == .digit || here == .otherNumber || joins(here, after: last, length) else { break }
            // "10⁶" is not 106, and "3½" is not 312.
            if at > start, here == .otherNumber && last == .digit || here == .digit && last == .otherNumber { break }
            if length > 1 || end < at { isASCII = false }
            if here != .digit && here != .stop { isNumber = false }
            last = here
            at += length
            end = at
        }
        return Word(bytes: start..<end, kind: isASCII ? .ascii : .unicode, isNumber: isNumber)
    }

    /// Whether the mark at `at` is between two letters (apostrophe) or two digits (full stop).
    private func joins(_ mark: Class, after last: Class, _ length: Int) -> Bool {
        let wanted: Class
        switch mark {
        case .apostrophe: wanted = .letter
        case .stop: wanted = .digit
        case .separator, .letter, .digit, .otherNumber, .unspaced, .invisible: return false
        }
        return last == wanted && at + length < text.count && classify(at + length).0 == wanted
    }

    private mutating func unspacedRun() -> Word {
        let start = at
        var end = at
        while at < text.count {
            let (here, length) = classify(at)
            guard here == .unspaced || here == .invisible else { break }
            at += length
            if here == .unspaced { end = at }
        }
        return Word(bytes: start..<end, kind: .unspaced)
    }

    private func classify(_ i: Int) -> (Class, length: Int) {
        let byte = text[i]
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"):
            return (.letter, 1)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return (.digit, 1)
        case UInt8(ascii: "'"): return (.apostrophe, 1)
        case UInt8(ascii: "."): return (.stop, 1)
        case 0..<0x80: return (.separator, 1)
        default:
            let (scalar, length) = decode(i)
            return (scalar.map(Self.classify) ?? .separator, length)
        }
    }

    private static func classify(_ scalar: Unicode.Scalar) -> Class {
        if scalar.isApostrophe { return .apostrophe }
        if scalar.isInvisible { return .invisible }
        guard scalar.isWordConstituent else { return .separator }
        switch scalar.properties.generalCategory {
        case .decimalNumber: return .digit
        case .otherNumber: return .otherNumber
        default: break
        }
        return scalar.isUnspaced ? .unspaced : .letter
    }

    /// Returns the scalar at `i` and its length in bytes; `nil`, and 1 byte to skip, if the bytes are not valid UTF-8.
    private func decode(_ i: Int) -> (Unicode.Scalar?, length: Int) {
        let lead = text[i]
        let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1
        guard length > 1, i + length <= text.count else { return (nil, 1) }
        var value = UInt32(lead) & (0xFF >> UInt32(length + 1))
        for byte in text[i + 1..<i + length] { value = value << 6 | UInt32(byte & 0x3F) }
        return (Unicode.Scalar(value), length)
    }
}

extension Unicode.Scalar {
    /// Whether the scalar is a letter, a mark or a number.
    var isWordConstituent: Bool {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
            .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber:
            true
        default: false
        }
    }

    /// Whether the scalar is written for an apostrophe: the curly and full-width ones, and the letters that look like them.
    var isApostrophe: Bool { ["\u{2019}", "\u{2018}", "\u{2BC}", "\u{2BB}", "\u{FF07}"].contains(self) }

    /// Whether the scalar has no visible form of its own: the soft hyphen, joiners, direction marks, variation selectors.
    var isInvisible: Bool { value >= 0x80 && properties.isDefaultIgnorableCodePoint }

    /// The ASCII digit of the same value; `nil` for what is not a decimal digit.
    var decimalDigit: Unicode.Scalar? {
        guard properties.generalCategory == .decimalNumber, let value = properties.numericValue else { return nil }
        return Unicode.Scalar(UInt8(ascii: "0") + UInt8(value))
    }

    /// Whether the scalar's script is treated as unspaced: kana, Han, Hangul, Thai, Lao, Khmer, Burmese.
    var isUnspaced: Bool {
        switch value {
        case 0x1100...0x11FF, 0xA960...0xA97F, 0xD7B0...0xD7FF, 0x3040...0x30FF, 0x31F0...0x31FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
            0xAC00...0xD7AF, 0xF900...0xFAFF,
            0x20000...0x323AF, 0xFF66...0xFFDC, 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF:
            true
        default: false
        }
    }
}
