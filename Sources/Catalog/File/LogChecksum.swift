/// The checksum of a write-ahead log: two 32-bit sums over the words of what it covers, continued from frame to frame.
///
/// Source: sqlite.org/fileformat2.html, section 4.2.
struct LogChecksum: Equatable {
    let isBigEndian: Bool
    private(set) var first: UInt32
    private(set) var second: UInt32

    init(isBigEndian: Bool, first: UInt32 = 0, second: UInt32 = 0) {
        (self.isBigEndian, self.first, self.second) = (isBigEndian, first, second)
    }

    /// The checksum that a header states in 8 bytes, which are big-endian whatever the words are.
    init(isBigEndian: Bool, stated bytes: ArraySlice<UInt8>) {
        self.init(isBigEndian: isBigEndian, first: bytes.bigEndianWord(0), second: bytes.bigEndianWord(4))
    }

    /// - Parameter bytes: a multiple of 8.
    mutating func update(_ bytes: ArraySlice<UInt8>) {
        var (a, b) = (first, second)
        bytes.withUnsafeBytes { raw in
            for offset in stride(from: 0, to: raw.count - 7, by: 8) {
                a = a &+ word(raw, offset) &+ b
                b = b &+ word(raw, offset + 4) &+ a
            }
        }
        (first, second) = (a, b)
    }

    private func word(_ raw: UnsafeRawBufferPointer, _ offset: Int) -> UInt32 {
        let word = raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
        return isBigEndian ? UInt32(bigEndian: word) : UInt32(littleEndian: word)
    }

    func matches(_ other: LogChecksum) -> Bool { first == other.first && second == other.second }

    /// The bits of `bytes` whose flip, of one of them alone, explains why they have this checksum and not `stated`.
    ///
    /// The sums are linear modulo 2³²: a change δ of a word changes them by multiples of δ that depend on the word's distance from the
    /// end alone. Each word is asked whether a power of two explains the difference. Of the upper bits of words there are several that do.
    func flippedBits(in bytes: ArraySlice<UInt8>, stated: LogChecksum) -> [(index: Int, mask: UInt8)] {
        var found: [(index: Int, mask: UInt8)] = []
        let (wanted1, wanted2) = (stated.first &- first, stated.second &- second)
        var even: (UInt32, UInt32) = (1, 1)
        var odd: (UInt32, UInt32) = (0, 1)
        for pair in stride(from: bytes.endIndex - 8, through: bytes.startIndex, by: -8) {
            for (start, effect) in [(pair, even), (pair + 4, odd)] {
                for bit in 0..<32 {
                    // A bit that is 1 now and was 0 took 2^bit away from what is wanted, and the other way round.
                    let place = isBigEndian ? start + 3 - bit / 8 : start + bit / 8
                    let mask = UInt8(1) << UInt8(bit % 8)
                    let delta = bytes[place] & mask == 0 ? UInt32(1) << UInt32(bit) : 0 &- (UInt32(1) << UInt32(bit))
                    if effect.0 &* delta == wanted1 && effect.1 &* delta == wanted2 { found.append((place, mask)) }
                }
            }
            even = (even.0 &+ even.1, even.0 &+ 2 &* even.1)
            odd = (odd.0 &+ odd.1, odd.0 &+ 2 &* odd.1)
        }
        return found
    }
}

extension ArraySlice<UInt8> {
    /// Four bytes from the slice's byte `offset` on, most significant first.
    func bigEndianWord(_ offset: Int) -> UInt32 {
        let start = startIndex + offset
        return self[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
