internal import Kernels

/// The forward pass of a BERT encoder over packed sequences, on the calling thread.
///
/// Rows of all sequences go through each projection in one product; attention runs per sequence and head, so nothing
/// is padded and no sequence sees another.
/// - Source: Devlin et al. 2018; Vaswani et al. 2017, §3.2.
struct BertEncoder: Sendable {
    let sizes: BertConfiguration
    let weights: BertWeights
    let pooling: Pooling

    /// The vectors of the sequences: `tokens.count × hiddenSize`, row-major, L2-normalised.
    ///
    /// - Parameters:
    ///   - tokens: each sequence of 1 to `positionCount` ids, each less than `vocabularySize`; the caller checked.
    /// - Returns: a row that is not finite where the weights make it so.
    func encode(_ tokens: PackedTokens, _ scratch: inout EncoderScratch) -> [Float] {
        let longest = (0..<tokens.count).reduce(0) { max($0, tokens.rows($1).count) }
        scratch.reserve(tokens: tokens.tokenCount, longest: longest, sizes)
        embed(tokens, &scratch)
        for layer in weights.layers {
            project(scratch.hidden, layer.queryKeyValue, tokens.tokenCount, into: &scratch.queryKeyValue)
            addBias(tokens.tokenCount, layer.queryKeyValueBias, to: &scratch.queryKeyValue)
            for sequence in 0..<tokens.count {
                attend(tokens.rows(sequence), scratch.queryKeyValue, &scratch.scores, into: &scratch.context)
            }
            project(scratch.context, layer.attentionOutput, tokens.tokenCount, into: &scratch.projected)
            addAndNormalize(
                scratch.projected, tokens.tokenCount, layer.attentionOutputBias, layer.attentionNorm, onto: &scratch.hidden)
            project(scratch.hidden, layer.intermediate, tokens.tokenCount, into: &scratch.intermediate)
            addBiasGELU(tokens.tokenCount, layer.intermediateBias, to: &scratch.intermediate)
            project(scratch.intermediate, layer.output, tokens.tokenCount, into: &scratch.projected)
            addAndNormalize(
                scratch.projected, tokens.tokenCount, layer.outputBias, layer.outputNorm, onto: &scratch.hidden)
        }
        return pool(tokens, scratch)
    }

    private func embed(_ tokens: PackedTokens, _ scratch: inout EncoderScratch) {
        weights.word.withSpan { word in
            weights.position.withSpan { position in
                var hidden = scratch.hidden.mutableSpan
                for sequence in 0..<tokens.count {
                    let rows = tokens.rows(sequence)
                    embedTokens(
                        tokens.ids.span.extracting(rows), word: word, position: position, type: weights.type.span,
                        scale: weights.embeddingNorm.scale.span, shift: weights.embeddingNorm.shift.span,
                        epsilon: sizes.layerNormEpsilon, into: &hidden, row: rows.lowerBound)
                }
            }
        }
    }

    /// out ← x · weightᵀ over `rows` rows.
    private func project(_ x: [Float], _ weight: FloatTensor, _ rows: Int, into out: inout [Float]) {
        let (outputs, inputs) = (weight.shape[0], weight.shape[1])
        weight.withSpan { weight in
            var span = out.mutableSpan
            multiply(
                x.span, MatrixLayout(rows: rows, columns: inputs),
                weight, MatrixLayout(rows: outputs, columns: inputs), transposeB: true,
                into: &span, MatrixLayout(rows: rows, columns: outputs))
        }
    }

    /// hidden ← norm(projected + bias + hidden).
    private func addAndNormalize(
        _ projected: [Float], _ rows: Int, _ bias: [Float], _ norm: BertWeights.Norm, onto hidden: inout [Float]
    ) {
        var residual = hidden.mutableSpan
        addBiasResidualLayerNorm(
            projected.span, bias: bias.span, residual: &residual, rows: rows, scale: norm.scale.span,
            shift: norm.shift.span, epsilon: sizes.layerNormEpsilon)
    }

    /// context ← softmax(Q·Kᵀ/√d)·V for one sequence, head by head, a block of query rows at a time.
    private func attend(
        _ rows: Range<Int>, _ queryKeyValue: [Float], _ scoreBuffer: inout [Float], into context: inout [Float]
    ) {
        let packed = queryKeyValue.span
        var scores = scoreBuffer.mutableSpan
        var results = context.mutableSpan
        let (hidden, size, stride) = (sizes.hiddenSize, sizes.headSize, sizes.hiddenSize * 3)
        let scale = 1 / Float(size).squareRoot()
        let length = rows.count
        for head in 0..<sizes.headCount {
            let column = head * size
            let start = rows.lowerBound * stride + column
            let keys = MatrixLayout(rows: length, columns: size, stride: stride, offset: start + hidden)
            let values = MatrixLayout(rows: length, columns: size, stride: stride, offset: start + 2 * hidden)
            for block in Swift.stride(from: 0, to: length, by: EncoderScratch.queryBlock) {
                let count = min(EncoderScratch.queryBlock, length - block)
                let queries = MatrixLayout(rows: count, columns: size, stride: stride, offset: start + block * stride)
                let scoring = MatrixLayout(rows: count, columns: length)
                let out = MatrixLayout(
                    rows: count, columns: size, stride: hidden,
                    offset: (rows.lowerBound + block) * hidden + column)
                multiply(packed, queries, packed, keys, transposeB: true, into: &scores, scoring)
                softmaxRows(&scores, scoring, scale: scale)
                multiply(scores.span, scoring, packed, values, into: &results, out)
            }
        }
    }

    private func pool(_ tokens: PackedTokens, _ scratch: EncoderScratch) -> [Float] {
        var vectors = [Float](repeating: 0, count: tokens.count * sizes.hiddenSize)
        var out = vectors.mutableSpan
        for sequence in 0..<tokens.count {
            let rows = tokens.rows(sequence)
            let used = pooling == .cls ? rows.lowerBound..<rows.lowerBound + 1 : rows
            meanRows(scratch.hidden.span, rows: used, columns: sizes.hiddenSize, into: &out, row: sequence)
        }
        l2NormalizeRows(&out, columns: sizes.hiddenSize)
        return vectors
    }

    private func addBias(_ rows: Int, _ bias: [Float], to x: inout [Float]) {
        var span = x.mutableSpan
        Kernels::addBias(&span, rows: rows, bias.span)
    }

    private func addBiasGELU(_ rows: Int, _ bias: [Float], to x: inout [Float]) {
        var span = x.mutableSpan
        Kernels::addBiasGELU(&span, rows: rows, bias.span)
    }
}
