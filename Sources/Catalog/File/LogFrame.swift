/// A frame of a write-ahead log: a header of 24 bytes, then a page.
struct LogFrame {
    static let headerBytes = 24

    var bytes: [UInt8]

    var isCommit: Bool { bytes[4..<8].contains { $0 != 0 } }
    private var salts: ArraySlice<UInt8> { bytes[8..<16] }

    /// Returns the checksum stored in the frame.
    func stated(isBigEndian: Bool) -> LogChecksum { LogChecksum(isBigEndian: isBigEndian, stated: bytes[16..<24]) }

    /// Returns the checksum computed from the frame and the previous frame's checksum.
    private func computed(after checksum: LogChecksum) -> LogChecksum {
        var checksum = checksum
        checksum.update(bytes[0..<8])
        checksum.update(bytes[Self.headerBytes...])
        return checksum
    }

    /// Returns the frame's checksum, for the next frame, if the frame belongs to this log and is valid.
    func checksum(after checksum: LogChecksum, salts: [UInt8]) -> LogChecksum? {
        guard self.salts.elementsEqual(salts), bytes[0..<4].contains(where: { $0 != 0 }) else { return nil }
        let computed = computed(after: checksum)
        return computed.matches(stated(isBigEndian: checksum.isBigEndian)) ? computed : nil
    }

    /// Returns the original frame and the index of the changed byte, if exactly one single-bit flip explains the frame.
    ///
    /// - Parameter pageHash: the hash of the page as written, if known.
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
        // A flip in the salts or in the stored checksum.
        var found: [(index: Int, mask: UInt8)] = []
        if differences.count == 1, differences[0].1.nonzeroBitCount == 1 { found.append((differences[0].0, differences[0].1)) }
        guard self.salts.elementsEqual(salts) else { return found }
        // A flip in the page, or in the page number and database size before it, treated as one run of words.
        let covered = bytes[0..<8] + bytes[Self.headerBytes...]
        let bits = computed.flippedBits(in: ArraySlice(covered), stated: stated(isBigEndian: checksum.isBigEndian))
        return found + bits.map { ($0.index < 8 ? $0.index : $0.index + Self.headerBytes - 8, $0.mask) }
    }

    private static func bigEndian(_ word: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * $0)) } }
}
