/// A linear layer's weight, packed once for the kernels: the constant right operand of many products.
@safe public final class PackedMatrix {
    public let inputs: Int
    public let outputs: Int
    /// The packed elements, aligned to cache lines, in `memory`.
    private let elements: UnsafeMutableBufferPointer<Float>
    private let memory: PackedMemory

    /// - Parameters:
    ///   - weights: outputs × inputs, row-major; copied.
    ///   - memory: shared memory with enough room; the matrix allocates its own by default. Only one thread at a time may pack.
    public init(packing weights: Span<Float>, outputs: Int, inputs: Int, into memory: PackedMemory? = nil) {
        let layout = MatrixLayout(rows: outputs, columns: inputs)
        self.inputs = inputs
        self.outputs = outputs
        self.memory = memory ?? PackedMemory(floats: PackedMemory.room(inputs: inputs, outputs: outputs))
        unsafe elements = self.memory.take(inputs: inputs, outputs: outputs)
        var packed = unsafe MutableSpan(_unsafeElements: elements)
        packTransposed(weights, layout, into: &packed)
    }

    /// Computes columns `columns` of C from A (m × inputs) and the same outputs; see `multiply(_:_:packed:bias:_:into:_:)`.
    ///
    /// - Parameters:
    ///   - bias: `outputs` floats; empty for none.
    ///   - lc: the layout of C with all outputs.
    ///   - columns: the columns to compute, beginning at a multiple of `packedPanelColumns`; all by default.
    public func multiply(
        _ a: Span<Float>, _ la: MatrixLayout, bias: Span<Float>, _ result: ProductResult = .store,
        into c: inout MutableSpan<Float>, _ lc: MatrixLayout, columns: Range<Int>? = nil
    ) {
        let columns = columns ?? 0..<outputs
        precondition(la.columns == inputs && lc.columns == outputs, "multiply: shapes differ: \(la) by \(inputs) × \(outputs) into \(lc)")
        precondition(
            columns.lowerBound >= 0 && columns.upperBound <= outputs && columns.lowerBound % packedPanelColumns == 0,
            "multiply: columns \(columns) exceed \(outputs), or do not begin at a panel")
        precondition(bias.isEmpty || bias.count == outputs, "multiply: \(bias.count) biases for \(outputs) outputs")
        guard !columns.isEmpty else { return }
        let part = MatrixLayout(
            rows: lc.rows, columns: columns.count, stride: lc.stride, offset: lc.offset + columns.lowerBound)
        // SAFETY: self, which owns the elements' memory, outlives the call; the elements are written in init only.
        let packed = unsafe Span(_unsafeElements: UnsafeBufferPointer(elements))
        Kernels::multiply(
            a, la, packed: packed.extracting(droppingFirst: columns.lowerBound * inputs),
            bias: bias.isEmpty ? bias : bias.extracting(columns), result, into: &c, part)
        extendLifetime(self)
    }
}

// SAFETY: the elements are written in init only, and no other matrix shares them.
extension PackedMatrix: @unchecked Sendable {}
