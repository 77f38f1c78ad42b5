import Foundation

/// The encoding of vectors in the catalog: consecutive float32 components, little-endian.
enum VectorBytes {
    static func encode(_ vector: [Float]) -> Data {
        var bytes = Data(capacity: vector.count * 4)
        for component in vector {
            withUnsafeBytes(of: component.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    /// Returns `nil` if the length is not a multiple of four.
    static func decode(_ bytes: Data) -> [Float]? {
        guard bytes.count % 4 == 0 else { return nil }
        return bytes.withUnsafeBytes { raw in
            (0..<raw.count / 4).map {
                Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self)))
            }
        }
    }
}
