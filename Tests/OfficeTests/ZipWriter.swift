/// A writer of ZIP files whose entries are stored, not compressed.
struct ZipWriter {
    private var bytes: [UInt8] = []
    private var directory: [UInt8] = []
    private var count: UInt16 = 0

    /// Returns an archive of these entries, in order.
    static func archive(_ entries: [(name: String, content: String)]) -> [UInt8] {
        var writer = ZipWriter()
        for entry in entries { writer.add(entry.name, Array(entry.content.utf8)) }
        return writer.finished()
    }

    /// - Parameters:
    ///   - flags: the entry's general purpose flags; bit 0 declares it encrypted, bit 11 its name to be UTF-8.
    ///   - deflated: the content in the format of Deflate, to store in place of the content.
    mutating func add(_ name: String, _ content: [UInt8], flags: UInt16 = 1 << 11, deflated: [UInt8]? = nil) {
        let offset = UInt32(bytes.count)
        let name = Array(name.utf8)
        var fields: [UInt8] = []
        fields += Self.little(UInt16(20)) + Self.little(flags) + Self.little(UInt16(deflated == nil ? 0 : 8))
        fields += Self.little(UInt32(0x5A21_0000))
        fields +=
            Self.little(Self.checksum(content)) + Self.little(UInt32((deflated ?? content).count)) + Self.little(UInt32(content.count))
        fields += Self.little(UInt16(name.count)) + Self.little(UInt16(0))
        bytes += Array("PK\u{3}\u{4}".utf8) + fields + name + (deflated ?? content)
        directory += Array("PK\u{1}\u{2}".utf8) + Self.little(UInt16(20)) + fields
        directory += Self.little(UInt16(0)) + Self.little(UInt16(0)) + Self.little(UInt16(0)) + Self.little(UInt32(0))
        directory += Self.little(offset) + name
        count += 1
    }

    func finished() -> [UInt8] {
        var end = Array("PK\u{5}\u{6}".utf8) + Self.little(UInt16(0)) + Self.little(UInt16(0)) + Self.little(count) + Self.little(count)
        end += Self.little(UInt32(directory.count)) + Self.little(UInt32(bytes.count)) + Self.little(UInt16(0))
        return bytes + directory + end
    }

    private static func little<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    /// CRC-32, bit by bit.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var sum = UInt32.max
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
        }
        return ~sum
    }

    /// Returns a Deflate stream of one byte repeated: 258 bytes in 13 bits, with the fixed codes of RFC 1951.
    static func deflated(_ byte: UInt8, repeats: Int) -> [UInt8] {
        var bits = BitWriter()
        bits.write(0b011, count: 3)
        // Literals below 144 have 8 bits from 0x30 on; a length of 258 is 0xC5, a distance of 1 is 00000.
        bits.writeCode(0x30 + Int(byte), count: 8)
        for _ in 0..<repeats {
            bits.writeCode(0xC5, count: 8)
            bits.writeCode(0, count: 5)
        }
        bits.writeCode(0, count: 7)
        return bits.finished()
    }

    private struct BitWriter {
        private var bytes: [UInt8] = []
        private var used = 0

        /// Writes the lowest bits first.
        mutating func write(_ value: Int, count: Int) {
            for place in 0..<count {
                if used % 8 == 0 { bytes.append(0) }
                bytes[bytes.count - 1] |= UInt8(value >> place & 1) << UInt8(used % 8)
                used += 1
            }
        }

        /// Writes the highest bits first, as Huffman codes are.
        mutating func writeCode(_ value: Int, count: Int) {
            for place in (0..<count).reversed() { write(value >> place & 1, count: 1) }
        }

        func finished() -> [UInt8] { bytes }
    }
}
