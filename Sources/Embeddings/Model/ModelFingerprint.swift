/// A 64-bit fingerprint of what determines a model's vectors: FNV-1a over the configuration files, the vocabulary, and of the
/// weights the header, the size and `sampleCount` evenly spread samples of 16 bytes.
///
/// A digest of all weights would read 90 MB at every start. Sampling distinguishes models, fine-tunings and conversions,
/// whose weights differ everywhere; it does not protect against a forged model.
package struct ModelFingerprint: Sendable {
    static let sampleCount = 2048
    static let sampleSize = 16

    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ bytes: some Collection<UInt8>) {
        for byte in bytes { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        add(bytes.count)
    }

    package init() {}

    package mutating func add(_ text: String) { add(text.utf8) }

    mutating func add(_ number: Int) {
        for shift in stride(from: 0, to: 64, by: 8) {
            state = (state ^ UInt64(truncatingIfNeeded: number >> shift) & 0xFF) &* 0x0000_0100_0000_01B3
        }
    }

    /// Adds the first `whole` bytes of a file of `size` bytes, and samples of the rest.
    mutating func addSample(
        size: Int, whole: Int, reading read: (Range<Int>) throws(EmbeddingError) -> [UInt8]
    ) throws(EmbeddingError) {
        add(try read(0..<whole))
        let rest = size - whole
        add(rest)
        guard rest > Self.sampleCount * Self.sampleSize else { return add(try read(whole..<size)) }
        let step = (rest - Self.sampleSize) / (Self.sampleCount - 1)
        for start in stride(from: whole, to: whole + Self.sampleCount * step, by: step) { add(try read(start..<start + Self.sampleSize)) }
    }

    /// The fingerprint as 16 hexadecimal digits.
    package var digits: String {
        let hex = String(state, radix: 16)
        return String(repeating: "0", count: 16 - hex.count) + hex
    }
}
