internal import CKernels

/// The word embeddings of a model: a row for each id of its vocabulary.
public enum EmbeddingTable: Sendable {
    /// float32 rows in a file, from byte `offset`, a multiple of four: memory holds only the rows that texts have used.
    case mapped(FileMapping, offset: Int, rows: Int)
    /// float32 rows, row-major.
    case float32([Float])
    case int8(QuantizedTable)

    /// Embeds the tokens of one sequence: writes layernorm(word[ids[t]] + position[t] + type) · scale + shift to the rows of
    /// `out` from `row`.
    ///
    /// - Parameters:
    ///   - ids: row numbers in the table; a precondition checks them.
    ///   - position: position embeddings, at least one row per id.
    ///   - type: the type embedding of the sequence; its count is the number of columns of all matrices.
    /// - Returns: `false` if the file was truncated; the rows of `out` are then undefined.
    public func embedTokens(
        _ ids: Span<Int32>, position: Span<Float>, type: Span<Float>, scale: Span<Float>, shift: Span<Float>, epsilon: Float,
        into out: inout MutableSpan<Float>, row: Int
    ) -> Bool {
        let columns = type.count
        precondition(columns > 0 && row >= 0, "embed: columns \(columns) or row \(row) out of range")
        precondition(scale.count == columns && shift.count == columns, "embed: scale, shift and type differ in length")
        requireRows(ids.count, of: columns, in: position.count)
        requireRows(row + ids.count, of: columns, in: out.count)
        let vocabulary = rows(of: columns)
        for t in ids.indices { precondition(ids[t] >= 0 && Int(ids[t]) < vocabulary, "embed: id \(ids[t]) out of range") }
        guard ids.count > 0 else { return true }
        return unsafe ids.withUnsafeBufferPointer { ids in
            unsafe out.withUnsafeMutableBufferPointer { out in
                unsafe withStarts(position, type, scale, shift) { position, type, scale, shift in
                    let terms = unsafe ck_embedding_terms(
                        position: position, type: type, gamma: scale, beta: shift, eps: epsilon, cols: columns)
                    // SAFETY: every id is a row of the table, and all extents were checked above; `out` is not empty.
                    return unsafe embed(ids, terms, out.baseAddress! + row * columns)
                }
            }
        }
    }

    private func rows(of columns: Int) -> Int {
        switch self {
        case .mapped(_, _, let rows): return rows
        case .float32(let words): return words.count / columns
        case .int8(let table):
            precondition(table.columns == columns, "embed: a type of \(columns) columns for a table of \(table.columns)")
            return table.rows
        }
    }

    private func embed(
        _ ids: UnsafeBufferPointer<Int32>, _ terms: ck_embedding_terms, _ out: UnsafeMutablePointer<Float>
    ) -> Bool {
        switch self {
        case .mapped(let file, let offset, let rows):
            guard let words = unsafe file.pointer(offset, rows * terms.cols * MemoryLayout<Float>.stride) else { return false }
            defer { extendLifetime(file) }
            let floats = unsafe words.assumingMemoryBound(to: Float.self)
            return unsafe ck_embed_layernorm_mapped(ids.baseAddress, ids.count, floats, terms, out) == 1
        case .float32(let words): unsafe ck_embed_layernorm_f32(ids.baseAddress, ids.count, words, terms, out)
        case .int8(let table): unsafe table.embed(ids, terms, out)
        }
        return true
    }
}
