internal import Kernels

/// A tensor of a weights file, or some rows of it. The elements stay in the file, and reading them returns a copy in float32, row-major.
package struct FloatTensor: Sendable {
    /// Number of elements that are decoded at once.
    private static let blockElements = 1 << 16

    let name: String
    package private(set) var shape: [Int]
    private let type: TensorType
    private let file: SafetensorsFile
    /// Byte offset of the first element in the file.
    private(set) var offset: Int

    init(_ description: TensorDescription, _ type: TensorType, in file: SafetensorsFile) {
        (name, shape, self.type, self.file) = (description.name, description.shape, type, file)
        offset = file.header.dataOffset + description.range.lowerBound
    }

    private var count: Int { shape.reduce(1, *) }

    /// Whether the file holds aligned floats, which kernels can read in place.
    var isReadableInPlace: Bool { type == .f32 && offset % MemoryLayout<Float>.alignment == 0 }

    /// Returns a part of the tensor.
    ///
    /// - Precondition: the tensor has those rows.
    func rows(_ rows: Range<Int>) -> FloatTensor {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= shape[0], "rows \(rows) exceed the shape \(shape)")
        var part = self
        part.shape[0] = rows.count
        part.offset += rows.lowerBound * shape[1...].reduce(type.size, *)
        return part
    }

    /// Returns a copy of the elements.
    ///
    /// - Throws: `.modelInvalid` if the file was truncated.
    package func values() throws(EmbeddingError) -> [Float] {
        guard let values = type == .f32 ? file.mapping.floats(at: offset, count: count) : decoded() else { throw .truncated(file.name) }
        return values
    }

    /// Returns a copy of the elements.
    ///
    /// - Throws: `.modelInvalid` if the file was truncated, or an element is NaN or ∞.
    func finiteValues() throws(EmbeddingError) -> [Float] {
        let values = try values()
        // Tests for an exponent of all ones, which vectorizes as an integer comparison.
        var most: UInt32 = 0
        for value in values { most = max(most, value.bitPattern & 0x7FFF_FFFF) }
        guard most < 0x7F80_0000 else { throw .invalid(file.name, name, "contains NaN or infinity") }
        return values
    }

    /// Converts numbers of 16 bits; `nil` if the file was truncated.
    private func decoded() -> [Float]? {
        var values: [Float] = []
        values.reserveCapacity(count)
        for start in stride(from: 0, to: count, by: Self.blockElements) {
            let block = min(Self.blockElements, count - start)
            guard let bytes = file.mapping.bytes(at: offset + start * type.size, count: block * type.size) else { return nil }
            for i in 0..<block {
                let bits = UInt16(bytes[2 * i]) | UInt16(bytes[2 * i + 1]) << 8
                values.append(type == .f16 ? Self.half(bits) : Float(bitPattern: UInt32(bits) << 16))
            }
        }
        return values
    }

    /// Converts an IEEE binary16 number by its fields: `Float16` does not exist on every platform.
    private static func half(_ bits: UInt16) -> Float {
        let sign: Float = bits & 0x8000 == 0 ? 1 : -1
        let exponent = Int((bits >> 10) & 0x1F)
        let fraction = Float(bits & 0x3FF)
        switch exponent {
        case 0: return sign * fraction * 0x1p-24
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default: return sign * Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024)
        }
    }
}
