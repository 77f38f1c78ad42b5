/// The checksum of a write-ahead log: two 32-bit sums over the covered words, continued from frame to frame.
///
/// Source: sqlite.org/fileformat2.html, section 4.2.
struct LogChecksum: Equatable {
    let isBigEndian: Bool
    private(set) var first: UInt32
    private(set) var second: UInt32

    init(isBigEndian: Bool, first: UInt32 = 0, second: UInt32 = 0) {
        (self.isBigEndian, self.first, self.second) = (isBigEndian, first, second)
    }

    /// Reads a checksum from 8 bytes of a header, which are big-endian regardless of the words' order.
    init(isBigEndian: Bool, stated bytes: ArraySlice<UInt8>) {
        self.init(isBigEndian: isBigEndian, first: bytes.bigEndianWord(0), second: bytes.bigEndianWord(4))
    }

    /// - Parameter bytes: their number is a multiple of 8.
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

    /// Returns the bits of `bytes` for which a single flip explains that the checksum is this one and not `stated`.
    ///
    /// The sums are linear modulo 2³²: a change δ of a word changes them by multiples of δ that depend only on the word's distance from the
    /// end. The search checks for each word whether a power of two explains the difference. For upper bits several words can match.
    func flippedBits(in bytes: ArraySlice<UInt8>, stated: LogChecksum) -> [(index: Int, mask: UInt8)] {
        var found: [(index: Int, mask: UInt8)] = []
        let (wanted1, wanted2) = (stated.first &- first, stated.second &- second)
        var even: (UInt32, UInt32) = (1, 1)
        var odd: (UInt32, UInt32) = (0, 1)
        for pair in stride(from: bytes.endIndex - 8, through: bytes.startIndex, by: -8) {
            for (start, effect) in [(pair, even), (pair + 4, odd)] {
                for bit in 0..<32 {
                    // Undoing a flip from 0 to 1 subtracts 2^bit from the word; undoing one from 1 to 0 adds it.
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
    /// Returns the four bytes from the slice's offset `offset` as a word, most significant byte first.
    func bigEndianWord(_ offset: Int) -> UInt32 {
        let start = startIndex + offset
        return self[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
