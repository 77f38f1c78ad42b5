public import Foundation
internal import Kernels
internal import Synchronization

/// The dense and the lexical index of one collection: a view of the catalog, which can be deleted at any time and is
/// then fed again from it.
///
/// Concurrency: any number of threads may search while one changes the index and another sees to its upkeep.
/// - `state` is behind a reader–writer lock. A reader holds it shared for one search; a change holds it alone for the
///   moment in which rows are appended and marked deleted, so no search sees half of a change.
/// - `writer` lets one change happen at a time. What takes long is prepared before, or while holding only it.
/// - `upkeep` lets one graph be built or one compaction run at a time, and `files` one snapshot or compaction. Both work on
///   a copy of the state, beside searches and changes; what changed meanwhile is done again to the result before it is
///   swapped in.
/// Locks are taken in the order `upkeep`, `files`, `writer`, `state`.
///
/// All calls block the thread: callers keep them off the cooperative pool.
public final class CollectionIndex: Sendable {
    let folder: IndexFolder
    let identity: String
    let dimension: Int
    let options: IndexOptions
    let state: ReaderWriterLock<IndexState>
    let writer = Mutex(WriterState())
    let files = Mutex<Void>(())
    let saved = Mutex(SavedState())
    let upkeep = Mutex<Void>(())
    let cancellation = Cancellation()
    let probes = ProbeRing()
    let scratch = ScorePool()
    let signsWanted = Atomic(false)
    private let damaged = Atomic(false)

    /// Guarded by `writer`.
    struct WriterState: Sendable {
        /// Changes since a compaction took its copy, to be done again to what it makes of it; `nil` while none runs.
        var replay: Replay?
        /// Counts changes of the state that a snapshot would keep.
        var revision = 0
    }

    /// The snapshot that is in place. Changed with `files` held.
    struct SavedState: Sendable {
        /// The writer's revision in it; `nil` if it is of no use, and has to be replaced.
        var revision: Int? = 0
        /// The file of rows that it names.
        var rowsNumber: UInt64?
    }

    private init(
        folder: IndexFolder, identity: String, dimension: Int, options: IndexOptions, opened: SnapshotReader.Opened
    ) {
        self.folder = folder
        self.identity = identity
        self.dimension = dimension
        self.options = options
        state = ReaderWriterLock(opened.state)
        var saved = SavedState(rowsNumber: opened.state.rows.file?.number)
        if case .rebuild = opened.recovery { saved.revision = nil }
        self.saved.withLock { [saved] in $0 = saved }
    }

    /// Opens the snapshot in `folder`, or starts empty.
    ///
    /// A snapshot that is damaged, of another model, dimension or version is ignored and replaced by the next
    /// `saveSnapshot`; `recovery` says why. Never fails: an index is only a view, and an empty one is a right one. Only one
    /// index may be open in a folder.
    ///
    /// - Parameters:
    ///   - folder: need not exist; made when there is something to write.
    ///   - identity: names the model that the vectors come from; vectors of two models are never mixed.
    ///   - dimension: components of a vector, `1...65536`.
    public static func open(
        folder: URL, identity: String, dimension: Int, options: IndexOptions
    ) -> (index: CollectionIndex, recovery: IndexRecovery) {
        precondition((1...65_536).contains(dimension), "an index of \(dimension) components")
        let (folder, options) = (IndexFolder(url: folder), options.withinLimits())
        let opened = SnapshotReader(folder: folder, identity: identity, dimension: dimension, options: options).open()
        folder.removeLeftovers(keepingRows: opened.state.rows.file?.number)
        let index = CollectionIndex(
            folder: folder, identity: identity, dimension: dimension, options: options, opened: opened)
        return (index, opened.recovery)
    }

    /// The catalog sequence number up to which changes are in the index.
    public var sequence: Int64 { position.sequence }

    /// Which changes are in the index, and of which history.
    public var position: IndexPosition { state.read { $0.position } }

    public var statistics: IndexStatistics {
        let bytesOnDisk = folder.bytesOnDisk
        return state.read { $0.statistics(bytesOnDisk: bytesOnDisk) }
    }

    /// As `statistics`, without a look at the disk.
    package var statisticsInMemory: IndexStatistics { state.read { $0.statistics(bytesOnDisk: 0) } }

    /// Rows of the index, deleted ones included.
    package var rowCount: Int { state.read { $0.catalog.count } }

    /// Memory that the index takes; what is cached of its mapped rows is the system's and not counted.
    public var bytesInMemory: Int { state.read { $0.bytesInMemory } }

    /// Whether a search met a row that is not what was written. The index then cannot be used: remove its folder, open it
    /// again and feed it from the catalog.
    public var isDamaged: Bool { damaged.load(ordering: .relaxed) }

    /// Has the index count as damaged: what it found is not in the catalog.
    public func markDamaged() { damaged.store(true, ordering: .relaxed) }

    // MARK: Search

    /// The `limit` chunks nearest to `query`: int8 codes find candidates, float32 rows order them.
    ///
    /// While the collection is small, or few rows may be found, every row in question is scanned; else the graph is walked,
    /// which may miss some (`IndexOptions.recallTarget`).
    ///
    /// - Parameters:
    ///   - query: `dimension` components, L2-normalised.
    ///   - filter: documents to search in; `nil` is all of them.
    ///   - excluded: documents to leave out of those.
    /// - Returns: best first, the score being the float32 dot product (the cosine); equal scores by ascending chunk.
    /// - Throws: `.dimensionMismatch`; `.notFinite`; `.exhausted`; `.damaged`.
    public func searchDense(
        _ query: [Float], limit: Int, filter: DocumentFilter?, excluding excluded: Set<Int64> = []
    ) throws(IndexError) -> [IndexHit] {
        try check(query)
        let (hits, walked) = try noticingDamage { () throws(IndexError) in
            try state.read { state throws(IndexError) in
                // Twice what is asked for at least: the width was measured for ten rows.
                let width = max(state.recall?.width ?? options.graphSearchWidth, 2 * min(max(limit, 0), state.catalog.count))
                var bits = filter.map { $0.bits(in: state) }
                if !excluded.isEmpty { bits = state.catalog.bits(bits, without: excluded) }
                let hits = try state.searchDense(query, limit: limit, filter: bits, width: width)
                if filter != nil, let bits, bits.count >= SignTable.worthFrom { signsWanted.store(true, ordering: .relaxed) }
                return (hits, bits == nil && state.graph != nil)
            }
        }
        if walked { probes.offer(query) }
        return hits
    }

    /// As the other, for a filter that is used once.
    public func searchDense(_ query: [Float], limit: Int, allowed: Set<Int64>?) throws(IndexError) -> [IndexHit] {
        try searchDense(query, limit: limit, filter: allowed.map(DocumentFilter.init(documents:)))
    }

    /// As the public one, with a width of the walk for this search only; `nil` scans.
    package func searchDense(
        _ query: [Float], limit: Int, filter: DocumentFilter?, width: Int?
    ) throws(IndexError) -> [IndexHit] {
        try check(query)
        return try noticingDamage { () throws(IndexError) in
            try state.read { state throws(IndexError) in
                try state.searchDense(query, limit: limit, filter: filter.map { $0.bits(in: state) }, width: width)
            }
        }
    }

    /// The `limit` chunks with the highest BM25 score; chunks without any of the query's terms are left out.
    ///
    /// Statistics (document frequencies, lengths) are those of this collection's live chunks. Of a query's
    /// distinct terms the first 256 count.
    ///
    /// - Parameters:
    ///   - allowed: documents to search in; `nil` is all of them.
    ///   - excluded: documents to leave out of those.
    /// - Returns: best first; equal scores by ascending chunk.
    public func searchLexical(
        _ query: String, limit: Int, allowed: Set<Int64>?, excluding excluded: Set<Int64> = []
    ) -> [IndexHit] {
        let terms = QueryTerms(query)
        return scratch.withScores { scores in
            state.read { $0.searchLexical(terms, limit: limit, allowed: allowed, excluded: excluded, scores: &scores) }
        }
    }

    /// The exact cosine of each chunk with `query`, in the order of `chunks`; `nil` where there is no such chunk.
    ///
    /// - Throws: `.dimensionMismatch`; `.notFinite`; `.damaged`.
    public func cosineScores(_ query: [Float], chunks: [Int64]) throws(IndexError) -> [Float?] {
        try check(query)
        return try noticingDamage { () throws(IndexError) in
            try state.read { state throws(IndexError) in
                let rows = chunks.map { state.catalog.row(ofChunk: $0) }
                return try state.rows.scores(query, rows: rows)
            }
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

    func check(_ vector: [Float]) throws(IndexError) {
        guard vector.count == dimension else {
            throw IndexError(.dimensionMismatch, "\(vector.count) components for an index of \(dimension)")
        }
        guard vector.allSatisfy(\.isFinite) else { throw IndexError(.notFinite, "a query vector with NaN or infinity") }
    }

    /// Remembers that a row was found damaged.
    func noticingDamage<Result>(_ body: () throws(IndexError) -> Result) throws(IndexError) -> Result {
        do throws(IndexError) {
            return try body()
        } catch {
            if error.code == .damaged { damaged.store(true, ordering: .relaxed) }
            throw error
        }
    }
}
