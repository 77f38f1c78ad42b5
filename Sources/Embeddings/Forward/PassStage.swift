/// One step of a pass, over some of its rows. Stages are performed in order, each by all threads that share the pass.
package struct PassStage: Sendable {
    enum Step: Sendable, CaseIterable {
        /// A head's queries, keys and values, and at once its attention.
        case attention
        /// For `.int8`: a matrix's rows in 8 bits, once they are whole.
        case contextCodes, intermediateCodes
        case attentionOutput, attentionNorm, intermediate, output, outputNorm
    }

    let layer: Int
    let step: Step
    let rows: Range<Int>

    /// The stages of a pass over `tokenCount` rows.
    ///
    /// Attention needs all rows of a sequence; what follows it in a layer does not, and goes through a block of rows from
    /// end to end, so that what one product leaves is in the second-level cache when the next one takes it.
    static func all(layers: Int, tokenCount: Int, rowBlock: Int, _ precision: EmbeddingPrecision) -> [PassStage] {
        let all = 0..<tokenCount
        let blockSteps: [Step] =
            switch precision {
            case .float32: [.attentionOutput, .attentionNorm, .intermediate, .output, .outputNorm]
            case .int8:
                [.contextCodes, .attentionOutput, .attentionNorm, .intermediate, .intermediateCodes, .output, .outputNorm]
            }
        let blocks = blocks(of: tokenCount, atMost: rowBlock)
        return (0..<layers).flatMap { layer in
            [PassStage(layer: layer, step: .attention, rows: all)]
                + blocks.flatMap { rows in blockSteps.map { PassStage(layer: layer, step: $0, rows: rows) } }
        }
    }

    /// Rows that a tile of the widest kernel has: blocks are best cut at their multiples.
    private static let tileRows = 8

    /// As few blocks as may be, and all about as long: every block takes all weights through the caches, which a last one of
    /// few rows would do for little.
    package static func blocks(of count: Int, atMost rowBlock: Int) -> [Range<Int>] {
        let blocks = max(1, (count + rowBlock - 1) / rowBlock)
        let tiles = ((count + blocks - 1) / blocks + tileRows - 1) / tileRows
        let length = min(max(1, tiles * tileRows), rowBlock)
        return stride(from: 0, to: count, by: length).map { $0..<min($0 + length, count) }
    }
}
