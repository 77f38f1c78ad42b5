/// The element type of a tensor, as stored.
package enum TensorType: String, Sendable {
    case f32 = "F32"
    case f16 = "F16"
    case bf16 = "BF16"

    /// Size of one number, in bytes.
    package var size: Int { self == .f32 ? 4 : 2 }
}

/// The description of one tensor in the header of a safetensors file, validated.
package struct TensorDescription: Sendable, Equatable {
    package let name: String
    /// The element type; `nil` if this encoder does not support it, such as `I64`. A file may contain such a tensor if nobody reads it.
    package let type: TensorType?
    package let shape: [Int]
    /// The product of `shape`.
    package let count: Int
    /// Byte range of the tensor in the file's data, which begin after the header.
    package let range: Range<Int>
}
