/// Strict conversion of UTF-16 to UTF-8.
enum UTF16Text {
    /// - Returns: `nil` for an odd number of bytes or a lone surrogate.
    static func utf8(_ bytes: ArraySlice<UInt8>, _ endianness: CharsetLabel.Endianness) -> [UInt8]? {
        guard bytes.count.isMultiple(of: 2) else { return nil }
        var utf8: [UInt8] = []
        utf8.reserveCapacity(bytes.count)
        var high: UInt32 = 0
        var i = bytes.startIndex
        while i < bytes.endIndex {
            let (first, second) = (UInt32(bytes[i]), UInt32(bytes[i + 1]))
            let unit = endianness == .little ? second << 8 | first : first << 8 | second
            i += 2
            switch unit {
            case 0xD800...0xDBFF:
                guard high == 0 else { return nil }
                high = unit
            case 0xDC00...0xDFFF:
                guard high != 0 else { return nil }
                append(0x10000 + (high - 0xD800) << 10 + (unit - 0xDC00), to: &utf8)
                high = 0
            default:
                guard high == 0 else { return nil }
                append(unit, to: &utf8)
            }
        }
        return high == 0 ? utf8 : nil
    }

    private static func append(_ code: UInt32, to utf8: inout [UInt8]) {
        if code < 0x80 {
            utf8.append(UInt8(code))
        } else if let scalar = Unicode.Scalar(code) {
            utf8.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
    }
}
