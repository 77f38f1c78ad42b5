internal import Kernels

/// The weight of a linear layer, in the encoder's precision.
enum LinearWeight: Sendable {
    case float32(PackedMatrix)
    case int8(QuantizedMatrix)

    /// - Parameters:
    ///   - weights: outputs × inputs, row-major; finite for `.int8`.
    ///   - memory: for `.float32`, memory with room for the weight; `nil` allocates it.
    init(_ weights: Span<Float>, outputs: Int, inputs: Int, _ precision: EmbeddingPrecision, _ memory: PackedMemory?) {
        self =
            switch precision {
            case .float32: .float32(PackedMatrix(packing: weights, outputs: outputs, inputs: inputs, into: memory))
            case .int8: .int8(QuantizedMatrix(quantizing: weights, outputs: outputs, inputs: inputs))
            }
    }

    var outputs: Int {
        switch self {
        case .float32(let matrix): matrix.outputs
        case .int8(let matrix): matrix.outputs
        }
    }
}
