import Extraction

/// The codings that carry bytes in the letters of mail. Bytes that are not of a coding are skipped or kept; nothing fails.
///
/// - Source: RFC 2045, sections 6.7 and 6.8; RFC 2047, section 4.
enum TransferCoding {
    static func decode(_ bytes: ArraySlice<UInt8>, coding: String) -> [UInt8] {
        switch coding {
        case "base64": base64(bytes)
        case "quoted-printable": quotedPrintable(bytes)
        case "x-uuencode", "uuencode", "x-uue", "uue": uuencoded(bytes)
        default: Array(bytes)
        }
    }

    /// Decodes base64, in which padding ends a group and other bytes are skipped.
    static func base64(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count / 4 * 3)
        var (bits, count): (UInt32, Int) = (0, 0)
        for byte in bytes {
            if byte == Ascii.equals {
                (bits, count) = (0, 0)
                continue
            }
            guard let value = sextet(byte) else { continue }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                result.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return result
    }

    private static func sextet(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x41...0x5A: byte - 0x41
        case 0x61...0x7A: byte - 0x61 + 26
        case 0x30...0x39: byte - 0x30 + 52
        case Ascii.plus, Ascii.hyphen: 62
        case Ascii.slash, Ascii.underscore: 63
        default: nil
        }
    }

    static func quotedPrintable(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        // Where the white space at the end of a line begins, which transport may have added.
        var blank: Int?
        var i = bytes.startIndex
        while i < bytes.endIndex {
            let byte = bytes[i]
            if byte == Ascii.equals {
                blank = nil
                i += escape(bytes[i...], &result)
                continue
            }
            if byte == Ascii.newline || byte == Ascii.carriageReturn, let start = blank { result.removeSubrange(start...) }
            if Ascii.isBlank(byte) { blank = blank ?? result.count } else { blank = nil }
            result.append(byte)
            i += 1
        }
        return result
    }

    /// Decodes what an equals sign begins: a byte, or the end of a line that is not one of the text. Returns its length.
    private static func escape(_ rest: ArraySlice<UInt8>, _ result: inout [UInt8]) -> Int {
        if let byte = hex(rest.dropFirst()) {
            result.append(byte)
            return 3
        }
        let line = rest.dropFirst().prefix { Ascii.isBlank($0) }
        let after = rest[line.endIndex...]
        guard let newline = after.first else { return rest.count }
        if newline == Ascii.newline { return 1 + line.count + 1 }
        if newline == Ascii.carriageReturn { return 1 + line.count + (after.dropFirst().first == Ascii.newline ? 2 : 1) }
        result.append(Ascii.equals)
        return 1
    }

    /// Decodes the Q coding of encoded words.
    static func quotedWord(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        escaped(bytes, mark: Ascii.equals).map { $0 == Ascii.underscore ? Ascii.space : $0 }
    }

    /// Decodes percent signs with two digits.
    static func percent(_ bytes: ArraySlice<UInt8>) -> [UInt8] { escaped(bytes, mark: UInt8(ascii: "%")) }

    private static func escaped(_ bytes: ArraySlice<UInt8>, mark: UInt8) -> [UInt8] {
        var result: [UInt8] = []
        var i = bytes.startIndex
        while i < bytes.endIndex {
            if bytes[i] == mark, let byte = hex(bytes[(i + 1)...]) {
                result.append(byte)
                i += 3
            } else {
                result.append(bytes[i])
                i += 1
            }
        }
        return result
    }

    private static func hex(_ bytes: ArraySlice<UInt8>) -> UInt8? {
        guard let high = bytes.first.flatMap(nibble), let low = bytes.dropFirst().first.flatMap(nibble) else { return nil }
        return high << 4 | low
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    /// Decodes the lines between `begin` and `end` of uuencode.
    static func uuencoded(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        for line in bytes.split(whereSeparator: { $0 == Ascii.newline || $0 == Ascii.carriageReturn }) {
            if line.starts(with: "begin ".utf8) { continue }
            guard let first = line.first, first > Ascii.space, first < Ascii.backtick else { continue }
            let count = Int(first - Ascii.space)
            let values = line.dropFirst().map { UInt32(($0 &- Ascii.space) & 0x3F) }
            var decoded: [UInt8] = []
            for start in stride(from: 0, to: values.count - 3, by: 4) {
                let bits = values[start] << 18 | values[start + 1] << 12 | values[start + 2] << 6 | values[start + 3]
                decoded += [16, 8, 0].map { UInt8(truncatingIfNeeded: bits >> $0) }
            }
            result += decoded.prefix(count)
        }
        return result
    }
}
