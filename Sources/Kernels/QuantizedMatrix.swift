internal import CKernels

/// A linear layer's weight in 8 bits, with a step for each output and group of inputs, packed once for the kernels;
/// `ck_gemm_int8.h` specifies the layout. It needs a quarter of the memory and memory bandwidth of a `PackedMatrix`.
@safe public final class QuantizedMatrix {
    public let inputs: Int
    public let outputs: Int
    /// The packed codes, aligned to cache lines, which this object frees.
    private let codes: UnsafeMutableBufferPointer<Int8>
    /// By group and output: the step (`scales`); the step times the sum of the codes (`weights`); that sum (`sums`).
    private let scales: [Float]
    private let weights: [Float]
    private let sums: [Int32]

    /// - Parameter weights: outputs × inputs, row-major, all finite; copied.
    public init(quantizing weights: Span<Float>, outputs: Int, inputs: Int) {
        let layout = MatrixLayout(rows: outputs, columns: inputs)
        precondition(layout.fits(weights.count), "quantize: \(layout) exceeds \(weights.count) floats")
        self.inputs = inputs
        self.outputs = outputs
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: packedCount(inputs: codeStride(inputs), outputs: outputs), alignment: 64)
        let codes = unsafe memory.bindMemory(to: Int8.self)
        unsafe codes.initialize(repeating: 0)
        var scales = [Float](repeating: 0, count: codeGroups(inputs) * outputs)
        var sums = [Int32](repeating: 0, count: codeGroups(inputs) * outputs)
        if outputs > 0 {
            unsafe weights.withUnsafeBufferPointer { from in
                // SAFETY: the extents were checked above; `codes` has room for all panels, including padding.
                unsafe ck_codes_pack_outputs(from.baseAddress, outputs, inputs, inputs, codes.baseAddress, &scales, &sums)
            }
        }
        unsafe self.codes = codes
        self.scales = scales
        self.sums = sums
        self.weights = zip(scales, sums).map { $0 * Float($1) }
    }

    deinit { unsafe codes.deallocate() }

    /// Computes columns `columns` of C from rows of codes and the same outputs, on the calling thread, without allocating.
    ///
    /// An element depends only on its row and its output, and is the same on every CPU, except for GELU's rounding.
    /// - Parameters:
    ///   - codes, steps, lows: `lc.rows` rows from `row`, as written by `quantizeRows`.
    ///   - bias: `outputs` floats; empty for none.
    ///   - lc: the layout of C with all outputs.
    ///   - columns: the columns to compute, beginning at a multiple of `packedPanelColumns`; all by default.
    /// - Complexity: 2·rows·inputs·outputs operations on 8-bit numbers.
    public func multiply(
        codes a: Span<UInt8>, steps: Span<Float>, lows: Span<Float>, row: Int = 0, bias: Span<Float>,
        _ result: ProductResult = .store, into c: inout MutableSpan<Float>, _ lc: MatrixLayout, columns: Range<Int>? = nil
    ) {
        let columns = columns ?? 0..<outputs
        let rows = MatrixLayout(rows: row + lc.rows, columns: codeStride(inputs))
        let groups = codeGroups(inputs)
        precondition(
            row >= 0 && rows.fits(a.count) && rows.rows * groups <= min(steps.count, lows.count) && lc.columns == outputs
                && lc.fits(c.count), "multiply: \(rows) or \(lc) does not fit its buffer")
        precondition(
            columns.lowerBound >= 0 && columns.upperBound <= outputs && columns.lowerBound % packedPanelColumns == 0,
            "multiply: columns \(columns) exceed \(outputs), or do not begin at a panel")
        precondition(bias.isEmpty || bias.count == outputs, "multiply: \(bias.count) biases for \(outputs) outputs")
        guard !columns.isEmpty, lc.rows > 0 else { return }
        let first = columns.lowerBound
        unsafe a.withUnsafeBufferPointer { pa in
            unsafe steps.withUnsafeBufferPointer { ps in
                unsafe lows.withUnsafeBufferPointer { pl in
                    unsafe bias.withUnsafeBufferPointer { bias in
                        unsafe c.withUnsafeMutableBufferPointer { pc in
                            unsafe scales.withUnsafeBufferPointer { scales in
                                unsafe weights.withUnsafeBufferPointer { weights in
                                    unsafe sums.withUnsafeBufferPointer { sums in
                                        // SAFETY: every extent was checked above; self, which owns the matrix, outlives
                                        // the call; exclusive access to `c` rules out overlap; no pointer is kept.
                                        let left = unsafe ck_codes_rows(
                                            codes: pa.baseAddress.map { unsafe $0 + row * rows.stride },
                                            scale: ps.baseAddress! + row * groups, low: pl.baseAddress! + row * groups, stride: rows.stride)
                                        let right = unsafe ck_codes_columns(
                                            packed: self.codes.baseAddress! + first * rows.stride,
                                            scale: scales.baseAddress! + first, weight: weights.baseAddress! + first,
                                            sum: sums.baseAddress! + first, group_stride: outputs)
                                        unsafe ck_codes_gemm(
                                            left, lc.rows, inputs, right, columns.count,
                                            bias.isEmpty ? nil : bias.baseAddress! + first, ck_gemm_result(result),
                                            pc.baseAddress! + lc.offset + first, lc.stride)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        extendLifetime(self)
    }
}

// SAFETY: the codes are written in init only.
extension QuantizedMatrix: @unchecked Sendable {}
