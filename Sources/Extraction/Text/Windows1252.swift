/// The windows-1252 encoding, a single-byte encoding of Western text.
///
/// - Source: WHATWG Encoding Standard, index-windows-1252, but with its five unassigned bytes left unassigned.
enum Windows1252 {
    /// The scalars of the bytes `0x80...0x9F`; 0 for an unassigned byte.
    private static let table: [UInt16] = [
        0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
        0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E,
        0x0178,
    ]

    static func isAssigned(_ byte: UInt8) -> Bool { scalar(byte) != nil }

    /// Returns the scalar of a byte, or `nil` if it is unassigned.
    static func scalar(_ byte: UInt8) -> Unicode.Scalar? {
        guard (0x80...0x9F).contains(byte) else { return Unicode.Scalar(byte) }
        let code = table[Int(byte - 0x80)]
        return code == 0 ? nil : Unicode.Scalar(code)
    }

    /// Returns the text as UTF-8, or `nil` if a byte is unassigned.
    static func utf8(_ bytes: [UInt8]) -> [UInt8]? {
        var utf8: [UInt8] = []
        utf8.reserveCapacity(bytes.count + bytes.count / 8)
        for byte in bytes {
            if byte < 0x80 {
                utf8.append(byte)
            } else {
                guard let scalar = scalar(byte) else { return nil }
                utf8.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
        return utf8
    }
}
