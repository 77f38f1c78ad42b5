public import Foundation
internal import Kernels
internal import Synchronization

/// The dense and the lexical index of one collection: a view of the catalog, which can be deleted at any time and is
/// then fed again from it.
///
/// Concurrency: any number of threads may search while one changes the index.
/// - `writer` lets one change (or snapshot) happen at a time. What takes long is prepared while holding only it.
/// - `state` is behind a reader–writer lock. A reader holds it shared for one search; a change holds it alone for the
///   moment in which rows are appended and marked deleted, so no search sees half of a change.
/// - A graph is built, and a compacted index written, beside the one in use and then swapped in. An existing graph is
///   extended a few rows at a time; rows that it does not cover yet are scanned, so no answer waits for it.
///
/// All calls block the thread: callers keep them off the cooperative pool.
public final class CollectionIndex: Sendable {
    let file: URL
    let identity: String
    let dimension: Int
    let options: IndexOptions
    let writer = Mutex<Void>(())
    let state: ReaderWriterLock<IndexState>
    let scratch = ScorePool()

    init(file: URL, identity: String, dimension: Int, options: IndexOptions, state: consuming IndexState) {
        self.file = file
        self.identity = identity
        self.dimension = dimension
        self.options = options
        self.state = ReaderWriterLock(state)
    }

    /// Opens the snapshot in `folder`, or starts empty.
    ///
    /// A snapshot that is damaged, of another model, dimension or version is ignored and replaced by the next
    /// `saveSnapshot`; `recovery` says why. Never fails: an index is only a view, and an empty one is a right one.
    ///
    /// - Parameters:
    ///   - folder: need not exist; created by the first snapshot.
    ///   - identity: names the model that the vectors come from; vectors of two models are never mixed.
    ///   - dimension: components of a vector, `1...65536`.
    public static func open(
        folder: URL, identity: String, dimension: Int, options: IndexOptions
    ) -> (index: CollectionIndex, recovery: IndexRecovery) {
        precondition((1...65_536).contains(dimension), "an index of \(dimension) components")
        let options = options.withinLimits()
        let file = folder.appending(path: SnapshotFormat.fileName)
        let opened = SnapshotReader(identity: identity, dimension: dimension, options: options).open(file)
        let index = CollectionIndex(
            file: file, identity: identity, dimension: dimension, options: options, state: opened.state)
        return (index, opened.recovery)
    }

    /// The catalog sequence number up to which changes are in the index.
    public var sequence: Int64 { state.read { $0.sequence } }

    public var statistics: IndexStatistics { state.read { $0.statistics } }

    /// The `limit` chunks nearest to `query`: int8 codes find candidates, float32 rows order them.
    ///
    /// With `allowed`, and while the collection is small, every row in question is scanned; a large collection walks
    /// the graph, which may miss some (`IndexOptions.graphSearchWidth`).
    ///
    /// - Parameters:
    ///   - query: `dimension` components, L2-normalised.
    ///   - allowed: documents to search in; `nil` is all of them.
    /// - Returns: best first, the score being the float32 dot product (the cosine); equal scores by ascending chunk.
    /// - Throws: `.dimensionMismatch`; `.notFinite`; `.exhausted`.
    public func searchDense(_ query: [Float], limit: Int, allowed: Set<Int64>?) throws(IndexError) -> [IndexHit] {
        try searchDense(query, limit: limit, allowed: allowed, width: options.graphSearchWidth)
    }

    /// As the public one, with a width of the walk for this search only.
    package func searchDense(
        _ query: [Float], limit: Int, allowed: Set<Int64>?, width: Int
    ) throws(IndexError) -> [IndexHit] {
        try check(query)
        return try state.read { state throws(IndexError) in
            try state.searchDense(query, limit: limit, allowed: allowed, width: width)
        }
    }

    /// The `limit` chunks with the highest BM25 score; chunks without any of the query's terms are left out.
    ///
    /// Statistics (document frequencies, lengths) are those of this collection's live chunks. Of a query's
    /// distinct terms the first 256 count.
    ///
    /// - Returns: best first; equal scores by ascending chunk.
    public func searchLexical(_ query: String, limit: Int, allowed: Set<Int64>?) -> [IndexHit] {
        let terms = QueryTerms(query)
        return scratch.withScores { scores in
            state.read { $0.searchLexical(terms, limit: limit, allowed: allowed, scores: &scores) }
        }
    }

    /// The exact cosine of each chunk with `query`, in the order of `chunks`; `nil` where there is no such chunk.
    ///
    /// - Throws: `.dimensionMismatch`; `.notFinite`.
    public func cosineScores(_ query: [Float], chunks: [Int64]) throws(IndexError) -> [Float?] {
        try check(query)
        return state.read { state in
            chunks.map { chunk in state.catalog.row(ofChunk: chunk).map { state.rows.score(query, row: $0) } }
        }
    }

    /// The BM25 score of each chunk, in the order of `chunks`, equal to what `searchLexical` gives it (0 where it has
    /// none of the terms); `nil` where there is no such chunk.
    public func lexicalScores(_ query: String, chunks: [Int64]) -> [Float?] {
        let terms = QueryTerms(query)
        return state.read { state in
            let weighted = state.lexical.weighted(terms)
            return chunks.map { chunk in
                state.catalog.row(ofChunk: chunk).map { state.lexical.score(weighted, row: $0) }
            }
        }
    }

    private func check(_ vector: [Float]) throws(IndexError) {
        guard vector.count == dimension else {
            throw IndexError(.dimensionMismatch, "\(vector.count) components for an index of \(dimension)")
        }
        guard vector.allSatisfy(\.isFinite) else { throw IndexError(.notFinite, "a query vector with NaN or infinity") }
    }
}
