internal import Kernels

/// Rows quantized to 8 bits: the input of the next product of an `.int8` pass.
struct SharedCodes: Sendable {
    private let codes = SharedBuffer<UInt8>()
    private let steps = SharedFloats()
    private let lows = SharedFloats()

    func reserve(rows: Int, columns: Int) {
        codes.reserve(rows * codeStride(columns))
        steps.reserve(rows * codeGroups(columns))
        lows.reserve(rows * codeGroups(columns))
    }

    /// Quantizes the rows of `x` that the layout names into the rows from `row` on.
    func quantize(_ x: SharedFloats, _ layout: MatrixLayout, row: Int) {
        x.withSpan { x in
            codes.withMutableSpan { codes in
                steps.withMutableSpan { steps in
                    lows.withMutableSpan { lows in
                        quantizeRows(x, layout, into: &codes, steps: &steps, lows: &lows, row: row)
                    }
                }
            }
        }
    }

    /// Computes columns `columns` of `out` ← rows from `row` on, times the matrix.
    func multiply(
        _ matrix: QuantizedMatrix, row: Int, bias: [Float], _ result: ProductResult, into out: SharedFloats,
        _ layout: MatrixLayout, columns: Range<Int>
    ) {
        codes.withSpan { codes in
            steps.withSpan { steps in
                lows.withSpan { lows in
                    out.withMutableSpan { out in
                        matrix.multiply(
                            codes: codes, steps: steps, lows: lows, row: row, bias: bias.span, result, into: &out, layout,
                            columns: columns)
                    }
                }
            }
        }
    }
}
