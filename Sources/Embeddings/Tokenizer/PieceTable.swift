/// A hash table from the bytes of pieces to token ids: open addressing over 64-bit hashes that are extended byte by byte, so
/// that one pass over a word gives the hashes of all its prefixes.
struct PieceTable: Sendable {
    static let seed: UInt64 = 0xCBF2_9CE4_8422_2325

    /// Extends a hash by one byte (FNV-1a).
    static func extend(_ hash: UInt64, _ byte: UInt8) -> UInt64 { (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }

    private struct Slot {
        var hash: UInt64 = 0
        var start: UInt32 = 0
        var length: UInt32 = 0  // 0: empty
        var id: Int32 = 0
    }

    private var slots: [Slot]
    private let mask: Int
    private var bytes: [UInt8] = []
    private(set) var count = 0
    /// Length of the longest piece, in bytes.
    private(set) var longest = 0

    /// - Parameter pieces: empty pieces are skipped; of equal pieces the last one counts.
    /// - Precondition: less than 2³² bytes in total.
    init(_ pieces: [(bytes: ArraySlice<UInt8>, id: Int32)]) {
        var size = 16
        while size < pieces.count * 2 { size *= 2 }
        slots = [Slot](repeating: Slot(), count: size)
        mask = size - 1
        for piece in pieces where !piece.bytes.isEmpty { insert(piece.bytes, piece.id) }
    }

    private mutating func insert(_ piece: ArraySlice<UInt8>, _ id: Int32) {
        let hash = piece.reduce(Self.seed) { Self.extend($0, $1) }
        var position = Self.position(hash) & mask
        while slots[position].length > 0 {
            if slots[position].hash == hash, stored(slots[position]).elementsEqual(piece) {
                slots[position].id = id
                return
            }
            position = (position + 1) & mask
        }
        slots[position] = Slot(hash: hash, start: UInt32(bytes.count), length: UInt32(piece.count), id: id)
        bytes.append(contentsOf: piece)
        count += 1
        longest = max(longest, piece.count)
    }

    /// Returns the id of `word[range]`, whose hash is `hash`.
    func find(_ word: [UInt8], _ range: Range<Int>, hash: UInt64) -> Int32? {
        var position = Self.position(hash) & mask
        while slots[position].length > 0 {
            let slot = slots[position]
            if slot.hash == hash, Int(slot.length) == range.count, matches(slot, word, range.lowerBound) { return slot.id }
            position = (position + 1) & mask
        }
        return nil
    }

    func find(_ piece: [UInt8]) -> Int32? {
        find(piece, 0..<piece.count, hash: piece.reduce(Self.seed) { Self.extend($0, $1) })
    }

    private func stored(_ slot: Slot) -> ArraySlice<UInt8> { bytes[Int(slot.start)..<Int(slot.start + slot.length)] }

    private func matches(_ slot: Slot, _ word: [UInt8], _ start: Int) -> Bool {
        for i in 0..<Int(slot.length) where bytes[Int(slot.start) + i] != word[start + i] { return false }
        return true
    }

    /// Returns the slot of a hash before masking. FNV's low bits mix poorly for short pieces, so the high bits are folded in.
    private static func position(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash ^ (hash >> 32)) }
}
