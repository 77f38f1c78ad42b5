/// A 64-bit fingerprint of what determines a model's vectors: FNV-1a over the configuration files, the vocabulary, and of the
/// weights the header, the size and `sampleCount` evenly spread samples of 16 bytes.
///
/// A digest of all weights would read 90 MB at every start. Sampling distinguishes models, fine-tunings and conversions,
/// whose weights differ everywhere; it does not protect against a forged model.
package struct ModelFingerprint: Sendable {
    static let sampleCount = 2048
    static let sampleSize = 16

    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ bytes: Span<UInt8>) {
        for i in bytes.indices { state = (state ^ UInt64(bytes[i])) &* 0x0000_0100_0000_01B3 }
        add(bytes.count)
    }

    package init() {}

    package mutating func add(_ text: String) { add(text.utf8.span) }

    mutating func add(_ number: Int) {
        for shift in stride(from: 0, to: 64, by: 8) {
            state = (state ^ UInt64(truncatingIfNeeded: number >> shift) & 0xFF) &* 0x0000_0100_0000_01B3
        }
    }

    /// Adds the first `whole` bytes, and samples of the rest.
    mutating func addSample(_ bytes: Span<UInt8>, whole: Int) {
        add(bytes.extracting(first: whole))
        let rest = bytes.extracting(droppingFirst: whole)
        add(rest.count)
        guard rest.count > Self.sampleCount * Self.sampleSize else { return add(rest) }
        let step = (rest.count - Self.sampleSize) / (Self.sampleCount - 1)
        for i in 0..<Self.sampleCount { add(rest.extracting(i * step..<i * step + Self.sampleSize)) }
    }

    /// The fingerprint as 16 hexadecimal digits.
    package var digits: String {
        let hex = String(state, radix: 16)
        return String(repeating: "0", count: 16 - hex.count) + hex
    }
}
