/// A conversion of bytes in one encoding to UTF-8, in one pass.
///
/// - Source: WHATWG Encoding Standard, sections 9 to 14; RFC 1468 (ISO-2022-JP); RFC 1557 (ISO-2022-KR).
struct CharsetDecoder {
    private let charset: Charset
    private var result: [UInt8] = []
    /// The number of byte sequences that are not of the encoding.
    private(set) var errors = 0

    init(_ charset: Charset) { self.charset = charset }

    mutating func decode(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        result = []
        result.reserveCapacity(bytes.count + bytes.count / 2)
        switch charset {
        case .iso2022JP, .iso2022KR: decodeShifted(bytes)
        case .shiftJIS, .eucJP, .korean, .gb18030, .big5: decodeMultiByte(bytes)
        default:
            let table = CharsetTables.singleByte[charset] ?? []
            for byte in bytes {
                if byte < 0x80 { result.append(byte) } else { append(Int(byte) < table.count ? table[Int(byte)] : 0) }
            }
        }
        return result
    }

    private mutating func append(_ unit: UInt16) {
        switch unit {
        case 0:
            errors += 1
            result += [0xEF, 0xBF, 0xBD]
        case ..<0x80: result.append(UInt8(unit))
        case ..<0x800: result += [0xC0 | UInt8(unit >> 6), 0x80 | UInt8(unit & 0x3F)]
        default: result += [0xE0 | UInt8(unit >> 12), 0x80 | UInt8(unit >> 6 & 0x3F), 0x80 | UInt8(unit & 0x3F)]
        }
    }

    private mutating func append(_ scalar: UInt32) {
        guard let scalar = Unicode.Scalar(scalar), let bytes = UTF8.encode(scalar) else { return append(0 as UInt16) }
        result += bytes
    }

    // MARK: Two bytes and more

    private mutating func decodeMultiByte(_ bytes: ArraySlice<UInt8>) {
        var i = bytes.startIndex
        while i < bytes.endIndex {
            let lead = bytes[i]
            if lead < 0x80 {
                result.append(lead)
                i += 1
            } else if let single = single(lead) {
                append(single)
                i += 1
            } else {
                i += take(lead, bytes[(i + 1)...])
            }
        }
    }

    /// Returns the scalar of a byte that stands alone, or `nil` if it begins a sequence.
    private func single(_ lead: UInt8) -> UInt16? {
        switch charset {
        case .shiftJIS: (0xA1...0xDF).contains(lead) ? 0xFF61 + UInt16(lead - 0xA1) : lead == 0x80 || lead >= 0xFD ? 0 : nil
        case .gb18030: lead == 0x80 ? 0x20AC : lead == 0xFF ? 0 : nil
        case .eucJP: lead == 0x8E || lead == 0x8F || (0xA1...0xFE).contains(lead) ? nil : 0
        default: lead == 0x80 || lead == 0xFF ? 0 : nil
        }
    }

    /// Converts a sequence that begins with `lead`; returns its length. After an error only the lead is skipped if the next byte is ASCII.
    private mutating func take(_ lead: UInt8, _ rest: ArraySlice<UInt8>) -> Int {
        guard let trail = rest.first else {
            append(0 as UInt16)
            return 1
        }
        if charset == .gb18030, Ascii.isDigit(trail) { return takeFour(lead, rest) }
        if charset == .eucJP, lead == 0x8E, (0xA1...0xDF).contains(trail) {
            append(0xFF61 + UInt16(trail - 0xA1))
            return 2
        }
        // JIS X 0212 is rare, and not in the table.
        if charset == .eucJP, lead == 0x8F {
            append(0 as UInt16)
            return min(3, 1 + rest.prefix(2).prefix { $0 >= 0xA1 }.count)
        }
        let unit = unit(lead, trail)
        append(unit)
        return unit == 0 && trail < 0x80 ? 1 : 2
    }

    private func unit(_ lead: UInt8, _ trail: UInt8) -> UInt16 {
        let lead = Int(lead), trail = Int(trail)
        switch charset {
        case .shiftJIS:
            guard (0x40...0xFC).contains(trail), trail != 0x7F else { return 0 }
            return Self.at((lead - (lead < 0xA0 ? 0x81 : 0xC1)) * 188 + trail - (trail < 0x7F ? 0x40 : 0x41), CharsetTables.shiftJIS)
        case .eucJP:
            return (0xA1...0xFE).contains(trail) ? Self.at((lead - 0xA1) * 94 + trail - 0xA1, CharsetTables.shiftJIS) : 0
        case .korean:
            let place: Int? =
                switch trail {
                case 0x41...0x5A: trail - 0x41
                case 0x61...0x7A: trail - 0x61 + 26
                case 0x81...0xFE: trail - 0x81 + 52
                default: nil
                }
            return place.map { Self.at((lead - 0x81) * 178 + $0, CharsetTables.korean) } ?? 0
        case .gb18030:
            guard (0x40...0xFE).contains(trail), trail != 0x7F else { return 0 }
            return Self.at((lead - 0x81) * 190 + trail - (trail < 0x7F ? 0x40 : 0x41), CharsetTables.chinese)
        default:
            guard (0x40...0x7E).contains(trail) || (0xA1...0xFE).contains(trail) else { return 0 }
            return Self.at((lead - 0x81) * 157 + trail - (trail < 0x7F ? 0x40 : 0x62), CharsetTables.big5)
        }
    }

    private static func at(_ place: Int, _ table: [UInt16]) -> UInt16 { table.indices.contains(place) ? table[place] : 0 }

    private mutating func takeFour(_ lead: UInt8, _ rest: ArraySlice<UInt8>) -> Int {
        let next = Array(rest.prefix(3))
        guard next.count == 3, (0x81...0xFE).contains(next[1]), Ascii.isDigit(next[2]) else {
            append(0 as UInt16)
            return 1
        }
        let number = ((Int(lead) - 0x81) * 10 + Int(next[0]) - 0x30) * 1260 + (Int(next[1]) - 0x81) * 10 + Int(next[2]) - 0x30
        if number >= 189_000 {
            append(UInt32(number - 189_000 + 0x10000))
        } else if number < 39_420, let range = CharsetTables.chineseRanges.last(where: { $0.number <= number }) {
            append(range.scalar + UInt32(number - range.number))
        } else {
            append(0 as UInt16)
        }
        return 4
    }

    // MARK: Shift sequences

    private mutating func decodeShifted(_ bytes: ArraySlice<UInt8>) {
        var i = bytes.startIndex
        var mode = Mode.ascii
        while i < bytes.endIndex {
            let byte = bytes[i]
            if byte == Ascii.escape, let (next, length) = escape(bytes[(i + 1)...]) {
                if let next { mode = next }
                i += 1 + length
            } else if charset == .iso2022KR, byte == 0x0E || byte == 0x0F {
                mode = byte == 0x0E ? .double : .ascii
                i += 1
            } else if byte < 0x21 || byte >= 0x7F {
                // A line ends each mode, as many programs forget to.
                if byte == Ascii.newline { mode = .ascii }
                if byte < 0x80 { result.append(byte) } else { append(0 as UInt16) }
                i += 1
            } else if mode == .double, i + 1 < bytes.endIndex, (0x21...0x7E).contains(bytes[i + 1]) {
                append(double(Int(byte) - 0x21, Int(bytes[i + 1]) - 0x21))
                i += 2
            } else {
                if mode == .katakana, byte < 0x60 { append(0xFF61 + UInt16(byte - 0x21)) } else { result.append(byte) }
                i += 1
            }
        }
    }

    private enum Mode { case ascii, katakana, double }

    private func double(_ row: Int, _ cell: Int) -> UInt16 {
        charset == .iso2022JP
            ? Self.at(row * 94 + cell, CharsetTables.shiftJIS) : Self.at((row + 0x20) * 178 + cell + 0x20 + 52, CharsetTables.korean)
    }

    /// Returns the mode that an escape sequence sets, if it sets one, and the length of what follows ESC.
    private func escape(_ rest: ArraySlice<UInt8>) -> (mode: Mode?, length: Int)? {
        let text = String(decoding: rest.prefix(3), as: UTF8.self)
        if text.hasPrefix("$)C") { return (nil, 3) }
        for (sequence, mode) in [("$B", Mode.double), ("$@", .double), ("(B", .ascii), ("(J", .ascii), ("(I", .katakana)] {
            if text.hasPrefix(sequence) { return (mode, 2) }
        }
        return text.hasPrefix("$(D") ? (.double, 3) : nil
    }
}
