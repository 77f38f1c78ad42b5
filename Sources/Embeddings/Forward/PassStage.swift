/// One step of a pass, over some of its rows. Stages are performed in order, each by all threads that share the pass.
struct PassStage: Sendable {
    enum Step: Sendable, CaseIterable {
        case queryKeyValue, attention
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
        return (0..<layers).flatMap { layer in
            [PassStage(layer: layer, step: .queryKeyValue, rows: all), PassStage(layer: layer, step: .attention, rows: all)]
                + stride(from: 0, to: tokenCount, by: rowBlock).flatMap { start in
                    blockSteps.map { PassStage(layer: layer, step: $0, rows: start..<min(start + rowBlock, tokenCount)) }
                }
        }
    }
}
