/// One step of a pass, over some of its rows. Stages are performed in order, each by all threads that share the pass.
package struct PassStage: Sendable {
    enum Step: Sendable, CaseIterable {
        /// The queries, keys and values of a head, followed directly by its attention.
        case attention
        /// For `.int8`: quantization of a matrix's rows to 8 bits, once the rows are complete.
        case contextCodes, intermediateCodes
        case attentionOutput, attentionNorm, intermediate, output, outputNorm
    }

    let layer: Int
    let step: Step
    let rows: Range<Int>

    /// Returns the stages of a pass over `tokenCount` rows.
    ///
    /// Attention needs all rows of a sequence. The steps after it in a layer do not: they run over one block of rows after the
    /// other, so that the output of one product is in the L2 cache when the next product reads it.
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

    /// Number of rows in a tile of the widest kernel; blocks are cut at multiples of it.
    private static let tileRows = 8

    /// Divides rows into as few blocks as possible, of about equal length: every block loads all weights into the caches, which
    /// costs too much for a short last block.
    package static func blocks(of count: Int, atMost rowBlock: Int) -> [Range<Int>] {
        let blocks = max(1, (count + rowBlock - 1) / rowBlock)
        let tiles = ((count + blocks - 1) / blocks + tileRows - 1) / tileRows
        let length = min(max(1, tiles * tileRows), rowBlock)
        return stride(from: 0, to: count, by: length).map { $0..<min($0 + length, count) }
    }
}
