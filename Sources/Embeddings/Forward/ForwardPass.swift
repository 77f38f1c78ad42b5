internal import Kernels

/// One pass of the encoder over packed sequences, in stages that one thread or several perform together.
///
/// Attention, with the projection before it, runs per sequence and head, so nothing is padded and no sequence affects another;
/// the other projections run over the rows of all sequences together. Results do not depend on how a stage was divided.
/// - Source: Devlin et al. 2018; Vaswani et al. 2017, §3.2.
final class ForwardPass: Sendable {
    /// Maximum number of threads that share a pass: with more, the products of a short query are too small to divide.
    static let maxShares = 4

    /// Maximum number of rows that run from attention to the end of a layer together: they load a layer's weights into the caches once.
    static let rowBlock = 256

    let model: BertEncoder
    let tokens: PackedTokens
    let scratch: EncoderScratch
    private let stages: [PassStage]
    private let schedule: PassSchedule

    /// - Parameters:
    ///   - tokens: sequences of 1 to `positionCount` ids, each less than `vocabularySize`; checked by the caller.
    ///   - scratch: must not be used by another pass until `lead` returns.
    ///   - shares: number of threads, 1 to `maxShares`: the leader and those that may help.
    init(_ model: BertEncoder, _ tokens: PackedTokens, _ scratch: EncoderScratch, shares: Int = 1) {
        self.model = model
        self.tokens = tokens
        self.scratch = scratch
        stages = PassStage.all(
            layers: model.weights.layers.count, tokenCount: tokens.tokenCount, rowBlock: Self.rowBlock, model.precision)
        schedule = PassSchedule(steps: stages.count, shares: min(max(shares, 1), Self.maxShares))
    }

    var shares: Int { schedule.shares }

    /// Leads the pass and returns the vectors of the sequences: `tokens.count × hiddenSize`, row-major, L2-normalised.
    ///
    /// - Returns: the vectors; a row is not finite if the weights make it so.
    /// - Throws: `.modelInvalid` if the model file was truncated.
    func lead() throws(EmbeddingError) -> [Float] {
        let longest = (0..<tokens.count).reduce(0) { max($0, tokens.rows($1).count) }
        scratch.reserve(tokens: tokens.tokenCount, longest: longest, shares: shares, model)
        try embed()
        schedule.lead(perform)
        return pool()
    }

    /// Performs share `share`, 1 to `shares` − 1, of the remaining stages; returns at the latest when the leader does.
    func help(share: Int) { schedule.help(share, perform) }

    private func perform(_ index: Int, _ share: Int) {
        let (stage, scratch) = (stages[index], scratch)
        let (layer, rows) = (model.weights.layers[stage.layer], stage.rows)
        let hidden = Operand(floats: scratch.hidden, codes: scratch.hiddenCodes, row: rows.lowerBound)
        let intermediate = Operand(floats: scratch.intermediate, codes: scratch.blockCodes, row: 0)
        switch stage.step {
        case .attention: attend(layer, share)
        case .contextCodes:
            quantize(scratch.context, from: rows.lowerBound, rows.count, model.sizes.hiddenSize, share)
        case .attentionOutput:
            let context = Operand(floats: scratch.context, row: rows.lowerBound, codes: scratch.blockCodes, codesRow: 0)
            project(context, rows.count, layer.attentionOutput, [], .store, into: scratch.projected, share)
        case .attentionNorm:
            normalize(rows, layer.attentionOutputBias, layer.attentionNorm, share)
        case .intermediate:
            project(hidden, rows.count, layer.intermediate, layer.intermediateBias, .gelu, into: scratch.intermediate, share)
        case .intermediateCodes:
            quantize(scratch.intermediate, from: 0, rows.count, model.sizes.intermediateSize, share)
        case .output:
            project(intermediate, rows.count, layer.output, [], .store, into: scratch.projected, share)
        case .outputNorm:
            normalize(rows, layer.outputBias, layer.outputNorm, share)
        }
    }

    /// The left operand of a projection: floats, or for `.int8` their codes; and its first row in either.
    private struct Operand {
        let floats: SharedFloats
        let row: Int
        let codes: SharedCodes
        let codesRow: Int

        init(floats: SharedFloats, codes: SharedCodes, row: Int) {
            self.init(floats: floats, row: row, codes: codes, codesRow: row)
        }

        init(floats: SharedFloats, row: Int, codes: SharedCodes, codesRow: Int) {
            (self.floats, self.row, self.codes, self.codesRow) = (floats, row, codes, codesRow)
        }
    }

    /// Computes a share of the columns of the first `rows` rows of out ← x · weightᵀ + bias, or its GELU.
    private func project(
        _ x: Operand, _ rows: Int, _ weight: LinearWeight, _ bias: [Float], _ result: ProductResult,
        into out: SharedFloats, _ share: Int
    ) {
        let columns = part(share, of: weight.outputs, step: packedStepColumns)
        project(x, rows, weight, bias, result, into: out, columns: columns)
    }

    private func project(
        _ x: Operand, _ rows: Int, _ weight: LinearWeight, _ bias: [Float], _ result: ProductResult,
        into out: SharedFloats, columns: Range<Int>
    ) {
        let target = MatrixLayout(rows: rows, columns: weight.outputs)
        switch weight {
        case .float32(let matrix):
            let layout = MatrixLayout(rows: rows, columns: matrix.inputs, offset: x.row * matrix.inputs)
            x.floats.withSpan { x in
                out.withMutableSpan { out in
                    matrix.multiply(x, layout, bias: bias.span, result, into: &out, target, columns: columns)
                }
            }
        case .int8(let matrix):
            x.codes.multiply(matrix, row: x.codesRow, bias: bias, result, into: out, target, columns: columns)
        }
    }

    /// Computes blockCodes ← `count` rows of x from `row` on, for a share of the rows.
    private func quantize(_ x: SharedFloats, from row: Int, _ count: Int, _ width: Int, _ share: Int) {
        let rows = part(share, of: count, step: 1)
        let layout = MatrixLayout(rows: rows.count, columns: width, offset: (row + rows.lowerBound) * width)
        scratch.blockCodes.quantize(x, layout, row: rows.lowerBound)
    }

    /// Computes hidden ← norm(projected + bias + hidden), and its codes for the next product, for a share of the block's rows.
    private func normalize(_ block: Range<Int>, _ bias: [Float], _ norm: BertWeights.Norm, _ share: Int) {
        let width = model.sizes.hiddenSize
        let rows = part(share, of: block.count, step: 1)
        let first = block.lowerBound + rows.lowerBound
        scratch.projected.withSpan { projected in
            scratch.hidden.withMutableSpan(first * width..<(first + rows.count) * width) { hidden in
                addBiasResidualLayerNorm(
                    projected.extracting(rows.lowerBound * width..<rows.upperBound * width), bias: bias.span,
                    residual: &hidden, rows: rows.count, scale: norm.scale.span, shift: norm.shift.span,
                    epsilon: model.sizes.layerNormEpsilon)
            }
        }
        quantizeHidden(first..<first + rows.count)
    }

    /// Computes hiddenCodes ← hidden, in an `.int8` pass.
    private func quantizeHidden(_ rows: Range<Int>) {
        guard model.precision == .int8 else { return }
        let width = model.sizes.hiddenSize
        let layout = MatrixLayout(rows: rows.count, columns: width, offset: rows.lowerBound * width)
        scratch.hiddenCodes.quantize(scratch.hidden, layout, row: rows.lowerBound)
    }

    /// Computes attention for a share of all sequences' heads. The data of one head of one sequence are small enough to stay in the
    /// L2 cache from the projection to the last product.
    private func attend(_ layer: BertWeights.Layer, _ share: Int) {
        let (heads, own) = (model.sizes.headCount, scratch.heads[share])
        for index in part(share, of: tokens.count * heads, step: 1) {
            let (rows, head) = (tokens.rows(index / heads), index % heads)
            let (weight, bias) = (layer.queryKeyValue[head], layer.queryKeyValueBias[head])
            let hidden = Operand(floats: scratch.hidden, codes: scratch.hiddenCodes, row: rows.lowerBound)
            project(hidden, rows.count, weight, bias, .store, into: own.queryKeyValue, columns: 0..<weight.outputs)
            attend(rows, head: head, own)
        }
    }

    /// Returns share `share` of `0..<count`, cut at multiples of `step`.
    private func part(_ share: Int, of count: Int, step: Int) -> Range<Int> {
        let steps = (count + step - 1) / step
        return min(count, steps * share / shares * step)..<min(count, steps * (share + 1) / shares * step)
    }

    private func embed() throws(EmbeddingError) {
        let (weights, norm, ids) = (model.weights, model.weights.embeddingNorm, tokens.ids)
        try scratch.hidden.withMutableSpan { hidden throws(EmbeddingError) in
            for sequence in 0..<tokens.count {
                let rows = tokens.rows(sequence)
                let isWhole = weights.word.embedTokens(
                    ids.span.extracting(rows), position: weights.position.span, type: weights.type.span, scale: norm.scale.span,
                    shift: norm.shift.span, epsilon: model.sizes.layerNormEpsilon, into: &hidden, row: rows.lowerBound)
                guard isWhole else { throw EmbeddingError(.modelInvalid, "the model file was truncated while in use") }
            }
        }
        quantizeHidden(0..<tokens.tokenCount)
    }

    private func pool() -> [Float] {
        let width = model.sizes.hiddenSize
        var vectors = [Float](repeating: 0, count: tokens.count * width)
        var out = vectors.mutableSpan
        scratch.hidden.withSpan { hidden in
            for sequence in 0..<tokens.count {
                let rows = tokens.rows(sequence)
                let used = model.pooling == .cls ? rows.lowerBound..<rows.lowerBound + 1 : rows
                meanRows(hidden, rows: used, columns: width, into: &out, row: sequence)
            }
        }
        l2NormalizeRows(&out, columns: width)
        return vectors
    }
}
