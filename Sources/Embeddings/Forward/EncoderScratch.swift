internal import Kernels

/// The scratch memory of a forward pass, reused from pass to pass; one per thread that leads passes. Buffers only grow.
final class EncoderScratch: Sendable {
    /// Number of query rows whose scores are held at once: a block of scores stays in the L2 cache, and memory does not grow
    /// with the square of the sequence length.
    static let queryBlock = 64

    /// The buffers of attention over one head; each share of a step has its own.
    struct Head: Sendable {
        /// longest sequence × 3·headSize: a head's queries, keys, values side by side.
        let queryKeyValue = SharedFloats()
        /// headSize × longest sequence: its keys, packed.
        let keys = SharedFloats()
        /// longest sequence × headSize: its values, packed.
        let values = SharedFloats()
        /// queryBlock × longest sequence, rounded up to whole panels: attention scores.
        let scores = SharedFloats()
        /// queryBlock: the inverse of each row's sum of exponentials.
        let factors = SharedFloats()
    }

    /// tokens × hidden: the input and the output of a layer.
    let hidden = SharedFloats()
    /// `hidden` in 8 bits.
    let hiddenCodes = SharedCodes()
    /// tokens × hidden: the heads' results side by side.
    let context = SharedFloats()
    /// rowBlock × hidden: a projection before bias, residual and norm.
    let projected = SharedFloats()
    /// rowBlock × intermediate: the output of the intermediate projection.
    let intermediate = SharedFloats()
    /// rowBlock × the wider of hidden and intermediate: context or intermediate in 8 bits.
    let blockCodes = SharedCodes()
    /// The attention buffers of each share.
    let heads = (0..<ForwardPass.maxShares).map { _ in Head() }

    /// Makes room for a pass over `tokens` tokens whose longest sequence is `longest`.
    func reserve(tokens: Int, longest: Int, shares: Int, _ model: BertEncoder) {
        let sizes = model.sizes
        let block = min(ForwardPass.rowBlock, tokens)
        hidden.reserve(tokens * sizes.hiddenSize)
        context.reserve(tokens * sizes.hiddenSize)
        projected.reserve(block * sizes.hiddenSize)
        intermediate.reserve(block * sizes.intermediateSize)
        if model.precision == .int8 {
            hiddenCodes.reserve(rows: tokens, columns: sizes.hiddenSize)
            blockCodes.reserve(rows: block, columns: max(sizes.hiddenSize, sizes.intermediateSize))
        }
        for head in heads.prefix(shares) {
            head.queryKeyValue.reserve(longest * sizes.headSize * 3)
            head.keys.reserve(packedCount(inputs: sizes.headSize, outputs: longest))
            head.values.reserve(packedCount(inputs: longest, outputs: sizes.headSize))
            head.scores.reserve(min(Self.queryBlock, longest) * roundedToPanels(longest))
            head.factors.reserve(Self.queryBlock)
        }
    }
}
