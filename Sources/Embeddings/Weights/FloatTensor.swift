/// A float32 tensor, row-major: in the mapped file if that holds float32, otherwise a converted copy.
@safe final class FloatTensor {
    let shape: [Int]
    private let elements: UnsafeBufferPointer<Float>
    /// The mapped file that holds the elements; `nil` if this object owns them.
    private let mapping: MappedFile?

    var count: Int { unsafe elements.count }

    /// - Parameter file: holds exactly `description.count` numbers of `type` in the range that the description gives.
    /// - Precondition: the description was checked against the file by `SafetensorsHeader`.
    init(_ description: TensorDescription, _ type: TensorType, dataOffset: Int, in file: MappedFile) {
        let start = dataOffset + description.range.lowerBound
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: file.bytes[start..<dataOffset + description.range.upperBound])
        precondition(bytes.count == description.count * type.size, "\(description.name): the size does not match the shape")
        shape = description.shape
        let aligned = unsafe bytes.baseAddress.map { UInt(bitPattern: $0) % UInt(MemoryLayout<Float>.alignment) == 0 } ?? true
        if type == .f32, aligned, 1.littleEndian == 1 {
            // SAFETY: count and alignment checked; the memory is read-only and is never bound to another type.
            unsafe elements = bytes.bindMemory(to: Float.self)
            mapping = file
        } else {
            unsafe elements = Self.converted(bytes, type, count: description.count)
            mapping = nil
        }
    }

    /// Copies the given rows of each matrix below one another.
    ///
    /// - Precondition: all matrices have the same number of columns, and contain those rows.
    init(stacking rows: Range<Int>, of parts: [FloatTensor]) {
        let columns = parts[0].shape[1]
        let total = parts.count * rows.count * columns
        let storage = UnsafeMutableBufferPointer<Float>.allocate(capacity: total)
        var position = 0
        for part in parts {
            precondition(part.shape[1] == columns && rows.upperBound <= part.shape[0], "rows \(rows) exceed the shape \(part.shape)")
            // SAFETY: the rows are the part's, and `total` is the sum of the counts, so each part has room.
            let elements = unsafe part.elements[rows.lowerBound * columns..<rows.upperBound * columns]
            position = unsafe storage[position...].initialize(fromContentsOf: elements)
        }
        shape = [parts.count * rows.count, columns]
        unsafe elements = UnsafeBufferPointer(storage)
        mapping = nil
    }

    deinit {
        if mapping == nil { unsafe elements.deallocate() }
    }

    /// Calls `body` with the elements.
    func withSpan<Result>(_ body: (Span<Float>) -> Result) -> Result {
        // SAFETY: self, which owns the memory or the mapping, outlives the call; a span cannot escape it.
        let result = unsafe body(Span(_unsafeElements: elements))
        extendLifetime(self)
        return result
    }

    /// Whether no element is NaN or ∞. Tests for an exponent of all ones, which vectorizes as an integer comparison.
    var isFinite: Bool {
        withSpan { elements in
            var most: UInt32 = 0
            for i in elements.indices { most = max(most, elements[i].bitPattern & 0x7FFF_FFFF) }
            return most < 0x7F80_0000
        }
    }

    /// Returns a copy of the elements; for small tensors.
    func copy() -> [Float] { unsafe [Float](elements) }

    private static func converted(_ bytes: UnsafeRawBufferPointer, _ type: TensorType, count: Int) -> UnsafeBufferPointer<Float> {
        let storage = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
        for i in 0..<count {
            // SAFETY: i < count, and the caller checked that bytes holds `count` numbers of the type's size.
            let value: Float
            switch type {
            case .f32:
                let bits = unsafe bytes.loadUnaligned(fromByteOffset: i * 4, as: UInt32.self)
                value = Float(bitPattern: UInt32(littleEndian: bits))
            case .f16:
                let bits = unsafe bytes.loadUnaligned(fromByteOffset: i * 2, as: UInt16.self)
                value = Self.half(UInt16(littleEndian: bits))
            case .bf16:
                let bits = unsafe bytes.loadUnaligned(fromByteOffset: i * 2, as: UInt16.self)
                value = Float(bitPattern: UInt32(UInt16(littleEndian: bits)) << 16)
            }
            unsafe storage.initializeElement(at: i, to: value)
        }
        return UnsafeBufferPointer(storage)
    }

    /// Converts an IEEE binary16 number by its fields: `Float16` does not exist on every platform.
    static func half(_ bits: UInt16) -> Float {
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

// SAFETY: the elements are written in init only.
extension FloatTensor: @unchecked Sendable {}
