/// The memory of one forward pass, kept from pass to pass; one per thread. Buffers only grow.
struct EncoderScratch {
    /// Query rows whose scores are held at once: a block of scores stays in the second-level cache, and memory does
    /// not grow with the square of a sequence.
    static let queryBlock = 128

    /// tokens × hidden: what enters and leaves a layer.
    var hidden: [Float] = []
    /// tokens × 3·hidden: queries, keys, values side by side.
    var queryKeyValue: [Float] = []
    /// tokens × hidden: the heads' results side by side.
    var context: [Float] = []
    /// tokens × hidden: a projection before bias, residual and norm.
    var projected: [Float] = []
    /// tokens × intermediate.
    var intermediate: [Float] = []
    /// queryBlock × longest sequence: attention scores of one block of one head.
    var scores: [Float] = []

    /// Makes room for a pass over `tokens` tokens whose longest sequence is `longest`.
    mutating func reserve(tokens: Int, longest: Int, _ sizes: BertConfiguration) {
        Self.grow(&hidden, tokens * sizes.hiddenSize)
        Self.grow(&queryKeyValue, tokens * sizes.hiddenSize * 3)
        Self.grow(&context, tokens * sizes.hiddenSize)
        Self.grow(&projected, tokens * sizes.hiddenSize)
        Self.grow(&intermediate, tokens * sizes.intermediateSize)
        Self.grow(&scores, min(Self.queryBlock, longest) * longest)
    }

    private static func grow(_ buffer: inout [Float], _ count: Int) {
        if buffer.count < count { buffer = [Float](repeating: 0, count: count) }
    }
}
