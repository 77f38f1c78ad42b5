internal import CFaiss

/// A FAISS HNSW graph over a prefix of the rows of some codes; the sole owner of its C handle. It is immutable: adding rows
/// builds another graph.
///
/// Every call takes the codes that the graph was built from; rows may have been appended to them since.
@safe final class Graph: @unchecked Sendable {
    // @unchecked: no call changes the graph behind the handle, and each search has its own working memory.
    private let raw: OpaquePointer

    private init(takingOwnershipOf raw: OpaquePointer) { unsafe self.raw = raw }

    /// Builds a graph over all rows of `codes`, extending `base`, if given, which covers a prefix of them. Takes about
    /// 0.3 ms per new row and thread at 384 components.
    ///
    /// - Throws: `.cancelled`; `.exhausted`; `.internal`.
    static func build(
        over codes: Codes, from base: Graph?, options: IndexOptions, cancellation: Cancellation
    ) throws(IndexError) -> Graph {
        var raw: OpaquePointer?
        var error = cf_error()
        let status = unsafe codes.withView { codes in
            var build = unsafe cf_build(
                degree: Int32(options.graphDegree), build_ef: Int32(options.graphBuildEf),
                threads: Int32(options.graphBuildThreads), cancellation: cancellation.handle)
            return unsafe cf_graph_build(base?.raw, codes, &build, &raw, &error)
        }
        guard status == CF_OK, let raw = unsafe raw else { throw IndexError(status, error) }
        return unsafe Graph(takingOwnershipOf: raw)
    }

    /// Restores a graph from the parts that `withParts` provides, and validates it.
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
                    neighbors: neighbors.baseAddress, degree: shape.degree, build_ef: shape.buildEf,
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

    /// Number of rows that the graph covers: `0..<count`.
    var count: Int { unsafe Int(cf_graph_count(raw)) }
    var bytes: Int { unsafe Int(cf_graph_bytes(raw)) }

    /// The result of a graph search.
    struct Found {
        /// The best eligible rows that the search visited, best first.
        var rows: [Int]
        /// Number of eligible rows among the `ef` best of all visited rows. A small number means that most rows near the
        /// query are ineligible.
        var near: Int
    }

    /// Searches the graph for the rows nearest to `query`.
    ///
    /// - Parameters:
    ///   - query: the query's int8 code.
    ///   - eligible: bitmap of the rows that may be returned, for at least `count` rows; `nil` for all rows.
    ///   - ef: `ef`, the number of candidates that the search keeps, eligible or not; `1...65536`.
    ///   - limit: maximum number of rows to return; `1...65536`.
    ///   - hidden: row that the search neither returns nor passes through; `nil` for none.
    func search(
        over codes: Codes, query: [UInt8], eligible: [UInt64]?, ef: Int, limit: Int, leavingOut hidden: Int? = nil
    ) throws(IndexError) -> Found {
        precondition(query.count == codes.stride && eligible.map { $0.count * 64 >= count } ?? true)
        precondition((1...65_536).contains(ef) && (1...65_536).contains(limit), "ef \(ef) or limit \(limit) out of range")
        var rows = [UInt32](repeating: 0, count: limit)
        var scores = [Float](repeating: 0, count: limit)
        var found = cf_search_result()
        var error = cf_error()
        // SAFETY: sizes checked above; both outputs have room for `limit`; a byte may be read as int8.
        let status = unsafe query.withUnsafeBytes { query in
            unsafe query.withMemoryRebound(to: Int8.self) { query in
                unsafe Self.withWords(eligible) { eligible in
                    unsafe codes.withView { codes in
                        var search = unsafe cf_search(
                            query: query.baseAddress, eligible: eligible, ef: Int32(ef), limit: Int32(limit),
                            hidden: Int64(hidden ?? -1))
                        return unsafe cf_graph_search(raw, codes, &search, &rows, &scores, &found, &error)
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

    /// Calls `body` with the parts of the graph, to store them.
    func withParts<Failure: Error>(
        _ body: (_ levels: Span<Int32>, _ neighbors: Span<Int32>, GraphShape) throws(Failure) -> Void
    ) throws(Failure) {
        var parts = unsafe cf_graph_parts()
        unsafe cf_graph_get_parts(raw, &parts)
        // SAFETY: the arrays belong to the graph, which never changes, and have these lengths.
        let levels = unsafe UnsafeBufferPointer(start: parts.levels, count: Int(parts.count))
        let neighbors = unsafe UnsafeBufferPointer(start: parts.neighbors, count: Int(parts.neighbor_count))
        let shape = unsafe GraphShape(
            degree: parts.degree, buildEf: parts.build_ef, entryPoint: parts.entry_point,
            maxLevel: parts.max_level)
        unsafe try body(levels.span, neighbors.span, shape)
    }
}

/// The parameters of a graph that are not per row.
struct GraphShape: Equatable {
    var degree: Int32
    var buildEf: Int32
    var entryPoint: Int32
    var maxLevel: Int32
}

/// A flag by which another thread cancels a graph build.
@safe final class Cancellation: @unchecked Sendable {
    // @unchecked: the shim reads and writes the flag atomically.
    let handle: OpaquePointer?

    /// Creates the flag. If the allocation fails, the build cannot be cancelled.
    init() { unsafe handle = cf_cancellation_new() }

    deinit { if let handle = unsafe handle { unsafe cf_cancellation_free(handle) } }

    var isSet: Bool { if let handle = unsafe handle { unsafe cf_cancellation_is_set(handle) } else { false } }

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
