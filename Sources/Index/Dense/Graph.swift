internal import CFaiss

/// FAISS's HNSW graph over the first rows of some codes: the only owner of its handle. It never changes; rows are added
/// by making another one.
///
/// Every call is given the codes it was built from, to which rows may have been appended meanwhile.
@safe final class Graph: @unchecked Sendable {
    // @unchecked: no call changes the graph behind the handle, and a walk has its working memory on its own stack.
    private let raw: OpaquePointer

    private init(takingOwnershipOf raw: OpaquePointer) { unsafe self.raw = raw }

    /// A graph over all rows of `codes`, out of `base`, which covers the first of them, if there is one. Takes about
    /// 0.3 ms a new row and thread at 384 components.
    ///
    /// - Throws: `.cancelled`; `.exhausted`; `.internal`.
    static func build(
        over codes: Codes, from base: Graph?, options: IndexOptions, cancellation: Cancellation
    ) throws(IndexError) -> Graph {
        var raw: OpaquePointer?
        var error = cf_error()
        let status = unsafe codes.withView { codes in
            var build = unsafe cf_build(
                degree: Int32(options.graphDegree), build_width: Int32(options.graphBuildWidth),
                threads: Int32(options.graphBuildThreads), cancellation: cancellation.handle)
            return unsafe cf_graph_build(base?.raw, codes, &build, &raw, &error)
        }
        guard status == CF_OK, let raw = unsafe raw else { throw IndexError(status, error) }
        return unsafe Graph(takingOwnershipOf: raw)
    }

    /// A graph from what `withParts` gave, checked.
    static func restore(
        levels: Span<Int32>, neighbors: Span<Int32>, shape: GraphShape
    ) throws(SnapshotDefect) -> Graph {
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
        return unsafe Graph(takingOwnershipOf: raw)
    }

    deinit { unsafe cf_graph_free(raw) }

    /// Rows that the graph covers: `0..<count`.
    var count: Int { unsafe Int(cf_graph_count(raw)) }
    var bytes: Int { unsafe Int(cf_graph_bytes(raw)) }

    /// What a walk found.
    struct Found {
        /// The best rows met that may be found, best first.
        var rows: [Int]
        /// How many rows that may be found are among the `width` best of all that were met. Few says that those near the
        /// query may not be found.
        var near: Int
    }

    /// The best rows that a walk towards `query` met.
    ///
    /// - Parameters:
    ///   - query: a code.
    ///   - eligible: which rows may be found, a bit each, for at least `count` rows; `nil` is every one.
    ///   - width: rows that the walk keeps, eligible or not; `1...65536`.
    ///   - limit: rows that are wanted; `1...65536`.
    func search(
        over codes: Codes, query: [UInt8], eligible: [UInt64]?, width: Int, limit: Int
    ) throws(IndexError) -> Found {
        precondition(query.count == codes.stride && eligible.map { $0.count * 64 >= count } ?? true)
        precondition((1...65_536).contains(width) && (1...65_536).contains(limit), "a walk of \(width) for \(limit)")
        var rows = [UInt32](repeating: 0, count: limit)
        var scores = [Float](repeating: 0, count: limit)
        var found = cf_found()
        var error = cf_error()
        // SAFETY: sizes checked above; both outputs have room for `limit`; a byte may be read as int8.
        let status = unsafe query.withUnsafeBytes { query in
            unsafe query.withMemoryRebound(to: Int8.self) { query in
                unsafe Self.withWords(eligible) { eligible in
                    unsafe codes.withView { codes in
                        var walk = unsafe cf_walk(
                            query: query.baseAddress, eligible: eligible, width: Int32(width), limit: Int32(limit))
                        return unsafe cf_graph_search(raw, codes, &walk, &rows, &scores, &found, &error)
                    }
                }
            }
        }
        guard status == CF_OK else { throw IndexError(status, error) }
        return Found(rows: rows.prefix(Int(found.rows)).map(Int.init), near: Int(found.near))
    }

    private static func withWords<Result>(_ words: [UInt64]?, _ body: (UnsafePointer<UInt64>?) -> Result) -> Result {
        guard let words else { return body(nil) }
        return unsafe words.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
    }

    /// What the graph is made of, to be stored.
    func withParts<Failure: Error>(
        _ body: (_ levels: Span<Int32>, _ neighbors: Span<Int32>, GraphShape) throws(Failure) -> Void
    ) throws(Failure) {
        var parts = unsafe cf_graph_parts()
        unsafe cf_graph_get_parts(raw, &parts)
        // SAFETY: the arrays belong to the graph, which never changes, and have these lengths.
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

/// Asks a build to stop, from another thread.
@safe final class Cancellation: @unchecked Sendable {
    // @unchecked: the shim reads and writes the flag atomically.
    let handle: OpaquePointer?

    /// Without memory for it there is nothing to be cancelled by.
    init() { unsafe handle = cf_cancellation_new() }

    deinit { if let handle = unsafe handle { unsafe cf_cancellation_free(handle) } }

    func cancel() { if let handle = unsafe handle { unsafe cf_cancellation_set(handle) } }
}

extension IndexError {
    init(_ status: cf_status, _ error: cf_error) {
        let detail = unsafe withUnsafeBytes(of: error.message) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        switch status {
        case CF_NO_MEMORY: self.init(.exhausted, detail)
        case CF_CANCELLED: self.init(.cancelled, detail)
        default: self.init(.internal, detail)
        }
    }
}
