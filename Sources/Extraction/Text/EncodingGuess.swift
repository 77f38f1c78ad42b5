/// Detection of encodings from bytes. In doubt, a text is rejected: wrong letters are worse than none.
enum EncodingGuess {
    static func hasUTF16Mark(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
    }

    /// Detects UTF-16 without a byte order mark: the high bytes of Latin text are NULs, nearly all at even or nearly all at odd offsets.
    static func utf16(_ bytes: [UInt8]) -> CharsetLabel.Endianness? {
        var nuls = (even: 0, odd: 0)
        for (i, byte) in bytes.enumerated() where byte == 0 {
            if i & 1 == 0 { nuls.even += 1 } else { nuls.odd += 1 }
        }
        let total = nuls.even + nuls.odd
        guard bytes.count.isMultiple(of: 2), total * 50 >= bytes.count, total > 0 else { return nil }
        if nuls.odd * 20 >= total * 19 { return .little }
        if nuls.even * 20 >= total * 19 { return .big }
        return nil
    }

    /// Returns whether bytes that are not UTF-8 look like Western text in a single-byte encoding.
    ///
    /// Such text has single high bytes between ASCII letters. Cyrillic, Greek and the multi-byte encodings of East Asia
    /// have runs of high bytes, and Shift-JIS uses bytes that windows-1252 leaves unassigned or rarely uses.
    static func looksWestern(_ bytes: [UInt8]) -> Bool {
        var (high, inRuns, rare, visible, run) = (0, 0, 0, 0, 0)
        for byte in bytes {
            if !Ascii.isWhite(byte) { visible += 1 }
            guard byte >= 0x80 else {
                if run >= 3 { inRuns += run }
                run = 0
                continue
            }
            guard Windows1252.isAssigned(byte) else { return false }
            high += 1
            run += 1
            if rareInWesternText.contains(byte) { rare += 1 }
        }
        if run >= 3 { inRuns += run }
        return high * 5 <= visible * 2 && inRuns * 5 <= high && (rare < 2 || rare * 10 <= high)
    }

    /// The windows-1252 bytes of ƒ † ‡ ˆ ‰ ‹ ˜ ›.
    private static let rareInWesternText: [UInt8] = [0x83, 0x86, 0x87, 0x88, 0x89, 0x8B, 0x98, 0x9B]

    /// Detects UTF-8 with errors, which must not be decoded as a single-byte encoding.
    ///
    /// - Returns: the offset of the first error, if there are at least as many well-formed multi-byte sequences as errors.
    static func brokenUTF8(_ bytes: [UInt8]) -> Int? {
        var (sequences, faults, first) = (0, 0, 0)
        var i = 0
        while i < bytes.count {
            guard bytes[i] >= 0x80 else {
                i += 1
                continue
            }
            let length = sequenceLength(bytes, at: i)
            if length == 0 {
                if faults == 0 { first = i }
                faults += 1
            } else {
                sequences += 1
            }
            i += max(length, 1)
        }
        return faults > 0 && sequences >= faults ? first : nil
    }

    /// Detects UTF-8 that ends in the middle of its last character, such as a text truncated at a byte limit.
    ///
    /// - Returns: the offset of that character, if all bytes before it are UTF-8.
    static func cutUTF8(_ bytes: [UInt8]) -> Int? {
        for start in (max(0, bytes.count - 3)..<bytes.count).reversed() where bytes[start] & 0xC0 != 0x80 {
            guard let (length, second) = sequence(beginningWith: bytes[start]), start + length > bytes.count else { return nil }
            let rest = bytes[(start + 1)...]
            guard rest.first.map(second.contains) ?? true, rest.dropFirst().allSatisfy({ $0 & 0xC0 == 0x80 }) else { return nil }
            return String(validating: bytes[..<start], as: UTF8.self) == nil ? nil : start
        }
        return nil
    }

    /// Returns the length of the multi-byte sequence at `i`, 2 to 4, or 0 if no well-formed one starts there.
    private static func sequenceLength(_ bytes: [UInt8], at i: Int) -> Int {
        guard let (length, second) = sequence(beginningWith: bytes[i]), i + length <= bytes.count, second.contains(bytes[i + 1]) else {
            return 0
        }
        return bytes[(i + 2)..<max(i + 2, i + length)].allSatisfy { $0 & 0xC0 == 0x80 } ? length : 0
    }

    /// Returns the length of a multi-byte sequence with this first byte, and the valid second bytes; `nil` if the first byte is invalid.
    ///
    /// - Source: The Unicode Standard 15.0, table 3-7.
    private static func sequence(beginningWith lead: UInt8) -> (length: Int, second: ClosedRange<UInt8>)? {
        switch lead {
        case 0xC2...0xDF: (2, 0x80...0xBF)
        case 0xE0: (3, 0xA0...0xBF)
        case 0xED: (3, 0x80...0x9F)
        case 0xE1...0xEF: (3, 0x80...0xBF)
        case 0xF0: (4, 0x90...0xBF)
        case 0xF1...0xF3: (4, 0x80...0xBF)
        case 0xF4: (4, 0x80...0x8F)
        default: nil
        }
    }

    /// Returns whether decoded bytes are text: without NULs, and with at most 0.5 % control characters other than 0x08 to 0x0D and ESC.
    static func isPlausible(_ utf8: [UInt8]) -> Bool {
        var controls = 0
        for byte in utf8 where byte < 0x20 || byte == 0x7F {
            if byte == 0 { return false }
            if !(0x08...0x0D).contains(byte) && byte != Ascii.escape { controls += 1 }
        }
        return controls * 200 <= utf8.count
    }

    /// Returns whether the bytes contain `ESC $`, which begins shift sequences of ISO-2022-JP, -KR and -CN. Those consist of ASCII bytes.
    static func hasISO2022Shift(_ bytes: [UInt8]) -> Bool {
        var i = 0
        while let escape = bytes[i...].firstIndex(of: Ascii.escape) {
            if bytes[escape...].dropFirst().first == UInt8(ascii: "$") { return true }
            i = escape + 1
        }
        return false
    }
}
