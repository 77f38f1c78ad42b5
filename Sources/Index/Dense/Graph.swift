internal import CFaiss

/// FAISS's HNSW graph over the first rows of a `CodeStore`: the only owner of its handle.
///
/// Every call is given the codes it was built from, to which rows may have been appended meanwhile.
@safe struct Graph: ~Copyable {
    private let raw: OpaquePointer

    /// Builds a graph over every row; takes about 0.3 ms a row and thread at 384 components.
    init(over codes: borrowing CodeStore, options: IndexOptions) throws(IndexError) {
        var raw: OpaquePointer?
        var error = cf_error()
        let status = unsafe cf_graph_build(
            codes.handle, Int32(options.graphDegree), Int32(options.graphBuildWidth),
            Int32(options.graphBuildThreads), &raw, &error)
        guard status == CF_OK, let raw = unsafe raw else { throw IndexError(status, error) }
        unsafe self.raw = raw
    }

    /// A graph from what `withParts` gave, checked.
    init(levels: Span<Int32>, neighbors: Span<Int32>, shape: GraphShape) throws(SnapshotDefect) {
        var raw: OpaquePointer?
        var error = cf_error()
        let status = unsafe levels.withUnsafeBufferPointer { levels in
            unsafe neighbors.withUnsafeBufferPointer { neighbors in
                // SAFETY: the counts are those of the buffers; the shim checks the contents and copies.
                var parts = unsafe cf_graph_parts(
                    count: Int64(levels.count), neighbor_count: Int64(neighbors.count), levels: levels.baseAddress,
                    neighbors: neighbors.baseAddress, degree: shape.degree, build_width: shape.buildWidth,
                    entry_point: shape.entryPoint, max_level: shape.maxLevel)
                return unsafe cf_graph_restore(&parts, &raw, &error)
            }
        }
        guard status == CF_OK, let raw = unsafe raw else {
            throw .inconsistent("graph: \(IndexError(status, error).detail)")
        }
        unsafe self.raw = raw
    }

    deinit { unsafe cf_graph_free(raw) }

    /// Rows that the graph covers: `0..<count`.
    var count: Int { unsafe Int(cf_graph_count(raw)) }
    var bytes: Int { unsafe Int(cf_graph_bytes(raw)) }

    /// Adds the next rows, so that `count` are covered. After an error the graph must be dropped.
    mutating func extend(over codes: borrowing CodeStore, to count: Int) throws(IndexError) {
        var error = cf_error()
        let status = unsafe cf_graph_extend(raw, codes.handle, Int64(count), &error)
        guard status == CF_OK else { throw IndexError(status, error) }
    }

    /// Rows that a walk of `width` towards `query` found, best first, handed to `body` with their scores.
    ///
    /// - Parameters:
    ///   - query: a code.
    ///   - live: which rows may be found, a bit each, for at least `count` rows.
    ///   - width: `1...65536`.
    func search(
        over codes: borrowing CodeStore, query: [UInt8], live: [UInt64], width: Int, _ body: (Int, Float) -> Void
    ) throws(IndexError) {
        precondition(query.count == codes.stride && live.count * 64 >= count && (1...65_536).contains(width))
        var rows = [UInt32](repeating: 0, count: width)
        var scores = [Float](repeating: 0, count: width)
        var found: Int32 = 0
        var error = cf_error()
        // SAFETY: sizes checked above; both outputs have room for `width`; a byte may be read as int8.
        let status = unsafe query.withUnsafeBytes { query in
            unsafe query.withMemoryRebound(to: Int8.self) { query in
                unsafe live.withUnsafeBufferPointer { live in
                    unsafe cf_graph_search(
                        raw, codes.handle, query.baseAddress, live.baseAddress, Int32(width), &rows, &scores, &found,
                        &error)
                }
            }
        }
        guard status == CF_OK else { throw IndexError(status, error) }
        for i in 0..<Int(found) { body(Int(rows[i]), scores[i]) }
    }

    /// What the graph is made of, to be stored.
    func withParts<Failure: Error>(
        _ body: (_ levels: Span<Int32>, _ neighbors: Span<Int32>, GraphShape) throws(Failure) -> Void
    ) throws(Failure) {
        var parts = unsafe cf_graph_parts()
        unsafe cf_graph_get_parts(raw, &parts)
        // SAFETY: the arrays belong to the graph, which is borrowed, and have these lengths.
        let levels = unsafe UnsafeBufferPointer(start: parts.levels, count: Int(parts.count))
        let neighbors = unsafe UnsafeBufferPointer(start: parts.neighbors, count: Int(parts.neighbor_count))
        let shape = unsafe GraphShape(
            degree: parts.degree, buildWidth: parts.build_width, entryPoint: parts.entry_point,
            maxLevel: parts.max_level)
        unsafe try body(levels.span, neighbors.span, shape)
    }
}

/// The numbers of a graph that are not per row.
struct GraphShape: Equatable {
    var degree: Int32
    var buildWidth: Int32
    var entryPoint: Int32
    var maxLevel: Int32
}

// SAFETY: the walk is a read, with its working memory on its own stack; `extend` is `mutating`.
extension Graph: @unchecked Sendable {}
