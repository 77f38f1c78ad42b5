internal import Kernels

/// One pass of the encoder over packed sequences, in steps that one thread or several perform together.
///
/// Rows of all sequences go through each projection in one product; attention runs per sequence and head, so nothing
/// is padded and no sequence sees another. A number does not depend on how a step was divided.
/// - Source: Devlin et al. 2018; Vaswani et al. 2017, §3.2.
final class ForwardPass: Sendable {
    /// Threads that can share a pass: beyond that the products of a short query are too thin to divide.
    static let maxShares = 4

    /// The steps of one layer, in order.
    private enum Step: Int, CaseIterable {
        case queryKeyValue, attention, attentionOutput, attentionNorm, intermediate, output, outputNorm
    }

    let model: BertEncoder
    let tokens: PackedTokens
    let scratch: EncoderScratch
    private let schedule: PassSchedule

    /// - Parameters:
    ///   - tokens: each sequence of 1 to `positionCount` ids, each less than `vocabularySize`; the caller checked.
    ///   - scratch: no other pass's until `lead` returns.
    ///   - shares: 1 to `maxShares` threads: the leader's and those that may help.
    init(_ model: BertEncoder, _ tokens: PackedTokens, _ scratch: EncoderScratch, shares: Int = 1) {
        self.model = model
        self.tokens = tokens
        self.scratch = scratch
        schedule = PassSchedule(
            steps: model.weights.layers.count * Step.allCases.count, shares: min(max(shares, 1), Self.maxShares))
    }

    var shares: Int { schedule.shares }

    /// The vectors of the sequences: `tokens.count × hiddenSize`, row-major, L2-normalised.
    ///
    /// - Returns: a row that is not finite where the weights make it so.
    func lead() -> [Float] {
        let longest = (0..<tokens.count).reduce(0) { max($0, tokens.rows($1).count) }
        scratch.reserve(tokens: tokens.tokenCount, longest: longest, shares: shares, model.sizes)
        embed()
        schedule.lead(perform)
        return pool()
    }

    /// Performs share `share`, 1 to `shares` − 1, of the steps that are left; returns at the latest with the leader.
    func help(share: Int) { schedule.help(share, perform) }

    private func perform(_ index: Int, _ share: Int) {
        let layer = model.weights.layers[index / Step.allCases.count]
        switch Step(rawValue: index % Step.allCases.count) {
        case .queryKeyValue:
            project(scratch.hidden, layer.queryKeyValue, layer.queryKeyValueBias, .store, into: scratch.queryKeyValue, share)
        case .attention: attend(share)
        case .attentionOutput:
            project(scratch.context, layer.attentionOutput, [], .store, into: scratch.projected, share)
        case .attentionNorm: normalize(layer.attentionOutputBias, layer.attentionNorm, share)
        case .intermediate:
            project(scratch.hidden, layer.intermediate, layer.intermediateBias, .gelu, into: scratch.intermediate, share)
        case .output: project(scratch.intermediate, layer.output, [], .store, into: scratch.projected, share)
        case .outputNorm: normalize(layer.outputBias, layer.outputNorm, share)
        case nil: preconditionFailure("step \(index) of a layer")
        }
    }

    /// out ← x · weightᵀ + bias, or its GELU: a share of the columns, for all tokens.
    private func project(
        _ x: SharedFloats, _ weight: PackedMatrix, _ bias: [Float], _ result: ProductResult, into out: SharedFloats,
        _ share: Int
    ) {
        let columns = part(share, of: weight.outputs, step: packedStepColumns)
        x.withSpan { x in
            out.withMutableSpan { out in
                weight.multiply(
                    x, MatrixLayout(rows: tokens.tokenCount, columns: weight.inputs), bias: bias.span, result,
                    into: &out, MatrixLayout(rows: tokens.tokenCount, columns: weight.outputs), columns: columns)
            }
        }
    }

    /// hidden ← norm(projected + bias + hidden), for a share of the rows.
    private func normalize(_ bias: [Float], _ norm: BertWeights.Norm, _ share: Int) {
        let width = model.sizes.hiddenSize
        let rows = part(share, of: tokens.tokenCount, step: 1)
        let part = rows.lowerBound * width..<rows.upperBound * width
        scratch.projected.withSpan { projected in
            scratch.hidden.withMutableSpan(part) { hidden in
                addBiasResidualLayerNorm(
                    projected.extracting(part), bias: bias.span, residual: &hidden, rows: rows.count,
                    scale: norm.scale.span, shift: norm.shift.span, epsilon: model.sizes.layerNormEpsilon)
            }
        }
    }

    /// Attention of a share of all sequences' heads.
    private func attend(_ share: Int) {
        let heads = model.sizes.headCount
        for index in part(share, of: tokens.count * heads, step: 1) {
            attend(tokens.rows(index / heads), head: index % heads, scratch.heads[share])
        }
    }

    /// A share of `count` things, cut at multiples of `step`.
    private func part(_ share: Int, of count: Int, step: Int) -> Range<Int> {
        let steps = (count + step - 1) / step
        return min(count, steps * share / shares * step)..<min(count, steps * (share + 1) / shares * step)
    }

    private func embed() {
        let (weights, ids) = (model.weights, tokens.ids)
        weights.word.withSpan { word in
            weights.position.withSpan { position in
                scratch.hidden.withMutableSpan { hidden in
                    for sequence in 0..<tokens.count {
                        let rows = tokens.rows(sequence)
                        embedTokens(
                            ids.span.extracting(rows), word: word, position: position, type: weights.type.span,
                            scale: weights.embeddingNorm.scale.span, shift: weights.embeddingNorm.shift.span,
                            epsilon: model.sizes.layerNormEpsilon, into: &hidden, row: rows.lowerBound)
                    }
                }
            }
        }
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
