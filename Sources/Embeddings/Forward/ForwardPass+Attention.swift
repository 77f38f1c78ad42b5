internal import Kernels

extension ForwardPass {
    /// Computes context ← softmax(Q·Kᵀ/√d)·V for one head of one sequence, whose queries, keys and values are in `scratch`; one block
    /// of query rows at a time.
    ///
    /// The head's keys and values are packed for the kernels first. Rows of scores are padded to whole panels; the softmax and the
    /// second product use the first `rows.count` columns.
    func attend(_ rows: Range<Int>, head: Int, _ scratch: EncoderScratch.Head) {
        let (width, size) = (model.sizes.hiddenSize, model.sizes.headSize)
        let length = rows.count
        func layout(_ matrix: Int, _ rows: Range<Int>) -> MatrixLayout {
            MatrixLayout(
                rows: rows.count, columns: size, stride: 3 * size, offset: rows.lowerBound * 3 * size + matrix * size)
        }
        scratch.queryKeyValue.withSpan { packed in
            scratch.keys.withMutableSpan { packTransposed(packed, layout(1, 0..<length), into: &$0) }
            scratch.values.withMutableSpan { pack(packed, layout(2, 0..<length), into: &$0) }
            let panels = roundedToPanels(length)
            for start in stride(from: 0, to: length, by: EncoderScratch.queryBlock) {
                let block = start..<min(start + EncoderScratch.queryBlock, length)
                let offset = (rows.lowerBound + start) * width + head * size
                score(packed, layout(0, block), columns: panels, scratch)
                weigh(
                    scratch, MatrixLayout(rows: block.count, columns: length, stride: panels),
                    MatrixLayout(rows: block.count, columns: size, stride: width, offset: offset))
            }
        }
    }

    /// Computes scores ← Q·Kᵀ for a block of queries.
    private func score(_ packed: Span<Float>, _ queries: MatrixLayout, columns: Int, _ scratch: EncoderScratch.Head) {
        scratch.keys.withSpan { keys in
            scratch.scores.withMutableSpan { scores in
                multiply(
                    packed, queries, packed: keys, bias: Span(), into: &scores,
                    MatrixLayout(rows: queries.rows, columns: columns))
            }
        }
    }

    /// Computes context ← softmax(scores/√d)·V; divides by a row's sum last, since a row has fewer columns in a head than scores.
    private func weigh(_ scratch: EncoderScratch.Head, _ scoring: MatrixLayout, _ out: MatrixLayout) {
        let scale = 1 / Float(model.sizes.headSize).squareRoot()
        scratch.scores.withMutableSpan { scores in
            scratch.factors.withMutableSpan { exponentiateRows(&scores, scoring, scale: scale, factors: &$0) }
        }
        self.scratch.context.withMutableSpan { context in
            scratch.scores.withSpan { scores in
                scratch.values.withSpan { values in
                    multiply(scores, scoring, packed: values, bias: Span(), into: &context, out)
                }
            }
            scratch.factors.withSpan { scaleRows(&context, out, by: $0) }
        }
    }
}
