/// A writer of little-endian integers and of texts with their sizes.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write<Number: FixedWidthInteger & UnsignedInteger>(_ number: Number) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Writes a text; `nil` is absent.
    mutating func write(_ text: String?) {
        guard let text else { return write(WireFormat.absent) }
        let utf8 = text.utf8
        write(UInt32(clamping: utf8.count))
        bytes.append(contentsOf: utf8)
    }

    mutating func append(_ more: [UInt8]) { bytes.append(contentsOf: more) }

    mutating func reserve(_ count: Int) { bytes.reserveCapacity(count) }
}
