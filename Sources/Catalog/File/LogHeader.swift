/// The first 32 bytes of a write-ahead log.
struct LogHeader {
    static let bytes = 32

    let salts: [UInt8]
    let pageBytes: Int
    /// The checksum that the first frame continues.
    let checksum: LogChecksum

    /// - Returns: `nil` if the bytes are not a valid header.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.bytes else { return nil }
        let magic = bytes[0..<4].bigEndianWord(0)
        guard magic & ~1 == 0x377f_0682, bytes[4..<8].bigEndianWord(0) == 3_007_000 else { return nil }
        let isBigEndian = magic & 1 == 1
        var computed = LogChecksum(isBigEndian: isBigEndian)
        computed.update(bytes[0..<24])
        guard computed.matches(LogChecksum(isBigEndian: isBigEndian, stated: bytes[24..<32])) else { return nil }
        (salts, pageBytes, checksum) = (Array(bytes[16..<24]), Int(bytes[8..<12].bigEndianWord(0)), computed)
        guard (512...65_536).contains(pageBytes), pageBytes & (pageBytes - 1) == 0 else { return nil }
    }

    /// Returns the valid headers that differ from `bytes` in one bit, each with its repaired byte.
    static func repaired(_ bytes: [UInt8]) -> [(header: LogHeader, index: Int, byte: UInt8)] {
        guard bytes.count == Self.bytes else { return [] }
        return (0..<Self.bytes * 8).compactMap { bit in
            var copy = bytes
            copy[bit / 8] ^= 1 << UInt8(bit % 8)
            return LogHeader(copy).map { ($0, bit / 8, copy[bit / 8]) }
        }
    }
}
