internal import Kernels

/// The word embeddings, in the encoder's precision.
enum WordTable: Sendable {
    /// Mapped if the file holds float32: memory holds only the rows that texts have used.
    case float32(FloatTensor)
    case int8(QuantizedTable)

    /// Writes the input embeddings of one sequence to the rows of `out` from `row` on; see `Kernels.embedTokens`.
    func embed(
        _ ids: Span<Int32>, position: Span<Float>, type: Span<Float>, norm: BertWeights.Norm, epsilon: Float,
        into out: inout MutableSpan<Float>, row: Int
    ) {
        switch self {
        case .float32(let table):
            table.withSpan { word in
                embedTokens(
                    ids, word: word, position: position, type: type, scale: norm.scale.span, shift: norm.shift.span,
                    epsilon: epsilon, into: &out, row: row)
            }
        case .int8(let table):
            table.embedTokens(
                ids, position: position, type: type, scale: norm.scale.span, shift: norm.shift.span, epsilon: epsilon,
                into: &out, row: row)
        }
    }
}
