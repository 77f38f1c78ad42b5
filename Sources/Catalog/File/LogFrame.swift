/// One frame of a write-ahead log: 24 bytes of header, then a page.
struct LogFrame {
    static let headerBytes = 24

    var bytes: [UInt8]

    var isCommit: Bool { bytes[4..<8].contains { $0 != 0 } }
    private var salts: ArraySlice<UInt8> { bytes[8..<16] }

    /// The checksum that the frame states.
    func stated(isBigEndian: Bool) -> LogChecksum { LogChecksum(isBigEndian: isBigEndian, stated: bytes[16..<24]) }

    /// The checksum that the frame has after another one.
    private func computed(after checksum: LogChecksum) -> LogChecksum {
        var checksum = checksum
        checksum.update(bytes[0..<8])
        checksum.update(bytes[Self.headerBytes...])
        return checksum
    }

    /// The checksum to continue from, if the frame is of this log and holds.
    func checksum(after checksum: LogChecksum, salts: [UInt8]) -> LogChecksum? {
        guard self.salts.elementsEqual(salts), bytes[0..<4].contains(where: { $0 != 0 }) else { return nil }
        let computed = computed(after: checksum)
        return computed.matches(stated(isBigEndian: checksum.isBigEndian)) ? computed : nil
    }

    /// The frame as it was, and where one of its bits was flipped since, if that is what is wrong with it, and there is no doubt which.
    ///
    /// - Parameter pageHash: of the page as it was written, if that is known.
    func repaired(after checksum: LogChecksum, salts: [UInt8], pageHash: UInt64?) -> (frame: LogFrame, index: Int)? {
        let fixes = candidates(after: checksum, salts: salts).compactMap { index, mask -> (frame: LogFrame, index: Int)? in
            var copy = self
            copy.bytes[index] ^= mask
            guard copy.checksum(after: checksum, salts: salts) != nil else { return nil }
            if let pageHash, CatalogFile.hash(copy.bytes[Self.headerBytes...]) != pageHash { return nil }
            return (copy, index)
        }
        return fixes.count == 1 ? fixes[0] : nil
    }

    private func candidates(after checksum: LogChecksum, salts: [UInt8]) -> [(index: Int, mask: UInt8)] {
        let computed = computed(after: checksum)
        let wanted = salts + Self.bigEndian(computed.first) + Self.bigEndian(computed.second)
        let differences = zip(8..<24, wanted).map { ($0, bytes[$0] ^ $1) }.filter { $0.1 != 0 }
        // In the salts or in the checksum that is stated.
        var found: [(index: Int, mask: UInt8)] = []
        if differences.count == 1, differences[0].1.nonzeroBitCount == 1 { found.append((differences[0].0, differences[0].1)) }
        guard self.salts.elementsEqual(salts) else { return found }
        // In the page, or in the number and the size before it, seen as one run of words.
        let covered = bytes[0..<8] + bytes[Self.headerBytes...]
        let bits = computed.flippedBits(in: ArraySlice(covered), stated: stated(isBigEndian: checksum.isBigEndian))
        return found + bits.map { ($0.index < 8 ? $0.index : $0.index + Self.headerBytes - 8, $0.mask) }
    }

    private static func bigEndian(_ word: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * $0)) } }
}
