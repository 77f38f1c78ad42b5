import Extraction

/// RTF as Outlook compresses it: references into a ring of 4096 bytes, which begins with words that are frequent in RTF.
///
/// - Source: MS-OXRTFCP 9.0.
enum CompressedRTF {
    private static let compressed: UInt32 = 0x7546_5A4C
    private static let uncompressed: UInt32 = 0x414C_454D
    private static let ringBytes = 4096

    private static let dictionary = Array(
        ("{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
            + "\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
            + "\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx").utf8)

    /// Returns `nil` if the header is not that of compressed RTF. Damaged data end where the damage begins.
    ///
    /// - Parameter limit: the maximum size of the result, in bytes.
    static func decompress(_ bytes: [UInt8], limit: Int) -> [UInt8]? {
        guard bytes.count >= 16 else { return nil }
        let rawBytes = min(Int(number(bytes, 4)), limit)
        switch number(bytes, 8) {
        case uncompressed: return Array(bytes[16...].prefix(rawBytes))
        case compressed: return expand(bytes[16...], rawBytes)
        default: return nil
        }
    }

    private static func expand(_ bytes: ArraySlice<UInt8>, _ limit: Int) -> [UInt8] {
        var ring = dictionary + [UInt8](repeating: Ascii.space, count: ringBytes - dictionary.count)
        var place = dictionary.count
        var result: [UInt8] = []
        // Each flag stands for at most 17 bytes.
        result.reserveCapacity(min(limit, bytes.count * 9))
        func put(_ byte: UInt8) {
            result.append(byte)
            ring[place] = byte
            place = (place + 1) % ringBytes
        }
        var rest = bytes
        while let flags = rest.popFirst() {
            for bit in 0..<8 where result.count < limit {
                if flags >> UInt8(bit) & 1 == 0 {
                    guard let byte = rest.popFirst() else { return result }
                    put(byte)
                    continue
                }
                guard let high = rest.popFirst(), let low = rest.popFirst() else { return result }
                let offset = Int(high) << 4 | Int(low >> 4)
                // A reference to the place of the next byte is the end.
                if offset == place { return result }
                for step in 0..<Int(low & 0xF) + 2 where result.count < limit { put(ring[(offset + step) % ringBytes]) }
            }
            if result.count >= limit { break }
        }
        return result
    }

    private static func number(_ bytes: [UInt8], _ i: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(bytes[i + $1]) << UInt32(8 * $1) } }
}
