import Index
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct ChecksumTests {
    /// Values from the reference implementation.
    @Test(arguments: [
        ("", UInt64(0xEF46_DB37_51D8_E999)), ("a", 0xD24E_C4F1_A98C_6E5B), ("abc", 0x44BC_2CF5_AD77_0999),
        ("Nobody inspects the spammish repetition", 0xFBCE_A83C_8A37_8BF1),
    ]) func equalsTheReference(text: String, want: UInt64) {
        let bytes = Array(text.utf8)
        #expect(Checksum.of(bytes.span.bytes) == want)
    }

    @Test func piecesMakeNoDifference() {
        var rng = SplitMix64(seed: 9)
        let bytes = (0..<1_000).map { _ in UInt8.random(in: 0...255, using: &rng) }
        let whole = Checksum.of(bytes.span.bytes, seed: 3)
        for _ in 0..<200 {
            var checksum = Checksum(seed: 3)
            var at = 0
            while at < bytes.count {
                let end = min(bytes.count, at + Int.random(in: 0..<70, using: &rng))
                let piece = Array(bytes[at..<end])
                checksum.update(piece.span.bytes)
                at = end
            }
            #expect(checksum.value == whole)
        }
    }

    @Test func everyBitCounts() {
        var bytes = [UInt8](repeating: 0x5A, count: 77)
        let before = Checksum.of(bytes.span.bytes)
        for bit in 0..<bytes.count * 8 {
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(Checksum.of(bytes.span.bytes) != before)
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        }
    }
}
