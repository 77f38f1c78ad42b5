/// How a tensor's numbers are stored.
package enum TensorType: String, Sendable {
    case f32 = "F32"
    case f16 = "F16"
    case bf16 = "BF16"

    /// Bytes of one number.
    package var size: Int { self == .f32 ? 4 : 2 }
}

/// What the header of a safetensors file says of one tensor, checked.
package struct TensorDescription: Sendable, Equatable {
    package let name: String
    /// `nil` for a type that this encoder does not read, such as `I64`: such a tensor may be there if nobody asks for it.
    package let type: TensorType?
    package let shape: [Int]
    /// The product of `shape`.
    package let count: Int
    /// Bytes within the file's data, which begin after the header.
    package let range: Range<Int>
}
