/// A byte buffer to which numbers are appended in little-endian order.
struct ByteBuilder {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ more: [UInt8]) { bytes += more }

    mutating func append(_ more: RawSpan) {
        // SAFETY: reads the span's bytes while it is borrowed.
        unsafe more.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    }

    mutating func append(_ value: some FixedWidthInteger) {
        var rest = value
        for _ in 0..<value.bitWidth / 8 {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    mutating func reserve(_ count: Int) { bytes.reserveCapacity(count) }
}
