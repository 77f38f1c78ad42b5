public import Foundation
internal import Kernels
internal import Synchronization

/// The dense and the lexical index of one collection: a view of the catalog. The index can be deleted at any time and
/// rebuilt from the catalog.
///
/// Concurrency: any number of threads may search while one thread changes the index and another runs maintenance.
/// - `state` is protected by a reader–writer lock. A search holds the lock shared; a change holds it exclusively while it
///   appends rows and marks rows deleted, so a search never sees a partial change.
/// - `writer` serialises changes. A change does its slow work before it takes `writer`, or while it holds only `writer`.
/// - `maintenance` serialises maintenance, and `files` serialises snapshots and compactions. They work on a copy of the state,
///   concurrently with searches and changes; a compaction replays the changes made in the meantime before it swaps its
///   result in.
/// The lock order is `maintenance`, `files`, `writer`, `state`.
///
/// All calls block the thread: callers must not make them on the cooperative pool.
public final class CollectionIndex: Sendable {
    let folder: IndexFolder
    let identity: String
    let dimension: Int
    let options: IndexOptions
    let state: ReaderWriterLock<IndexState>
    let writer = Mutex(WriterState())
    let files = Mutex<Void>(())
    let saved = Mutex(SavedState())
    let maintenance = Mutex<Void>(())
    let cancellation = Cancellation()
    let probes = ProbeRing()
    let scratch = ScorePool()
    let wantsBinaryCodes = Atomic(false)
    private let damaged = Atomic(false)

    /// The state that `writer` protects.
    struct WriterState: Sendable {
        /// Changes since the running compaction took its copy, to replay on its result; `nil` while none runs.
        var replay: Replay?
        /// Number of changes so far to state that a snapshot stores.
        var revision = 0
    }

    /// The snapshot on disk. Changed only while `files` is held.
    struct SavedState: Sendable {
        /// The writer's revision in the snapshot; `nil` if the snapshot is unusable and must be replaced.
        var revision: Int? = 0
        /// Number of the row file that the snapshot refers to.
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

    /// Opens the snapshot in `folder`, or returns an empty index.
    ///
    /// A snapshot that is corrupt or belongs to another model, dimension or format version is ignored and replaced by the
    /// next `saveSnapshot`; `recovery` gives the reason. `open` never fails, because the index can be rebuilt from the catalog.
    /// Only one index may be open in a folder.
    ///
    /// - Parameters:
    ///   - folder: the index's folder, created on the first write if it does not exist.
    ///   - identity: the embedding model's identity; an index never mixes the vectors of two models.
    ///   - dimension: number of components of a vector, `1...65536`.
    public static func open(
        folder: URL, identity: String, dimension: Int, options: IndexOptions
    ) -> (index: CollectionIndex, recovery: IndexRecovery) {
        precondition((1...65_536).contains(dimension), "dimension must be between 1 and 65536, got \(dimension)")
        let (folder, options) = (IndexFolder(url: folder), options.withinLimits())
        let opened = SnapshotReader(folder: folder, identity: identity, dimension: dimension, options: options).open()
        folder.removeLeftovers(keepingRows: opened.state.rows.file?.number)
        let index = CollectionIndex(
            folder: folder, identity: identity, dimension: dimension, options: options, opened: opened)
        return (index, opened.recovery)
    }

    /// The catalog sequence number up to which the index contains all changes.
    public var sequence: Int64 { position.sequence }

    /// The sequence number of the last change in the index, and its history.
    public var position: IndexPosition { state.read { $0.position } }

    public var statistics: IndexStatistics {
        let bytesOnDisk = folder.bytesOnDisk
        return state.read { $0.statistics(bytesOnDisk: bytesOnDisk) }
    }

    /// The same as `statistics`, but with `bytesOnDisk` 0: it does not access the disk.
    package var statisticsInMemory: IndexStatistics { state.read { $0.statistics(bytesOnDisk: 0) } }

    /// Number of rows, including deleted ones.
    package var rowCount: Int { state.read { $0.catalog.count } }

    /// Memory of the index, in bytes, without the page cache of its memory-mapped rows.
    public var bytesInMemory: Int { state.read { $0.bytesInMemory } + probes.bytes }

    /// Whether the index was found corrupt, or `markCorrupt` was called. The index is then unusable: remove its folder, open it
    /// again and rebuild it from the catalog.
    public var isCorrupt: Bool { damaged.load(ordering: .relaxed) }

    /// Marks the index corrupt, because a search result is not in the catalog.
    public func markCorrupt() { damaged.store(true, ordering: .relaxed) }

    // MARK: Search

    /// Calls `body` with a view of the index, which does not change until `body` returns: changes wait meanwhile. `body` must not use the
    /// index in another way than through the view.
    public func read<Result, Failure: Error>(
        _ body: (borrowing IndexView) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        do throws(Failure) {
            return try state.read { state throws(Failure) in try body(IndexView(state: copy state, index: self)) }
        } catch {
            if (error as? IndexError)?.code == .damaged { markCorrupt() }
            throw error
        }
    }

    func check(_ vector: [Float]) throws(IndexError) {
        guard vector.count == dimension else {
            throw IndexError(.dimensionMismatch, "the vector must have \(dimension) components, got \(vector.count)")
        }
        guard vector.allSatisfy(\.isFinite) else { throw IndexError(.notFinite, "the query vector contains NaN or infinity") }
    }

    /// Runs `body` and records a `.damaged` error in `isCorrupt`.
    func detectingCorruption<Result>(_ body: () throws(IndexError) -> Result) throws(IndexError) -> Result {
        do throws(IndexError) {
            return try body()
        } catch {
            if error.code == .damaged { damaged.store(true, ordering: .relaxed) }
            throw error
        }
    }
}
