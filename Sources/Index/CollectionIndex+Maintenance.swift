internal import Synchronization

/// The result of one maintenance step.
public enum IndexMaintenance: Sendable {
    /// The index was rewritten without its deleted rows.
    case compacted(removedRows: Int)
    /// The graph was built or extended and now covers this many rows.
    case extendedGraph(rows: Int)
    case measuredRecall(RecallEstimate)
    /// The table of binary codes was built for filters that pass many rows. `pool` is the number of rows to score after it;
    /// `nil` if binary codes were measured to be too imprecise.
    case builtBinaryCodes(pool: Int?)
    /// The step failed; the index works as before, but stays slower or larger.
    case failed(IndexError)

    public var isFailure: Bool { if case .failed = self { true } else { false } }
    public var isCompaction: Bool { if case .compacted = self { true } else { false } }
}

/// Maintenance: graph build, compaction and recall measurement. It affects search results only through the graph's
/// approximation; without it the index is slower, not wrong. It runs concurrently with searches and changes.
extension CollectionIndex {
    /// Number of rows outside the graph that searches scan before the graph is extended: a few hundredths of a millisecond a search.
    private static let scannedRows = 512...2_048

    /// Whether `maintain` has work to do.
    public var needsMaintenance: Bool {
        state.read { needsCompaction($0) || needsGraph($0) || needsBinaryCodes($0) || needsRecall($0) }
    }

    /// Runs the maintenance steps that are due: compaction, graph build or extension, binary codes, recall measurement. Takes
    /// seconds in a large collection; `stopMaintenance` cancels it. Call it on a low-priority thread.
    @discardableResult
    public func maintain() -> [IndexMaintenance] {
        maintenance.withLock { _ in
            var done: [IndexMaintenance] = []
            step(&done) { () throws(IndexError) in
                guard state.read({ needsCompaction($0) }) else { return nil }
                return .compacted(removedRows: try compactWhileLocked())
            }
            step(&done) { () throws(IndexError) in try updateGraph().map { .extendedGraph(rows: $0) } }
            step(&done) { () throws(IndexError) in try updateBinaryCodes() }
            step(&done) { () throws(IndexError) in try measureRecall().map { .measuredRecall($0) } }
            return done
        }
    }

    /// Rewrites the index without its deleted rows, even if there are few, and removes the old files, so that no index file
    /// contains deleted data.
    ///
    /// - Returns: the number of deleted rows removed.
    /// - Throws: `.fileFailed`, `.exhausted`, `.damaged`; the index remains as it was.
    @discardableResult
    public func compact() throws(IndexError) -> Int {
        try maintenance.withLock { _ throws(IndexError) in try compactWhileLocked() }
    }

    /// Cancels a running graph build and all later ones until the index is opened again.
    public func stopMaintenance() { cancellation.cancel() }

    private func step(_ done: inout [IndexMaintenance], _ body: () throws(IndexError) -> IndexMaintenance?) {
        do throws(IndexError) {
            if let result = try detectingCorruption(body) { done.append(result) }
        } catch {
            done.append(.failed(error))
        }
    }

    // MARK: Compaction

    private func needsCompaction(_ state: borrowing IndexState) -> Bool {
        let deleted = state.catalog.deletedCount
        return deleted >= options.compactionMinimum
            && Double(deleted) > options.compactionShare * Double(state.catalog.count)
    }

    /// Compacts and saves the index. The caller holds `maintenance`, so nothing else renumbers the rows.
    private func compactWhileLocked() throws(IndexError) -> Int {
        try files.withLock { _ throws(IndexError) in
            let before = writer.withLock { writer in
                writer.replay = Replay()
                return state.read { $0 }
            }
            defer { writer.withLock { $0.replay = nil } }
            var fresh = try before.compacted(to: folder, options: options)
            do throws(IndexError) {
                try writer.withLock { writer throws(IndexError) in
                    for change in writer.replay?.changes ?? [] { fresh.apply(change, codes: try fresh.codes(after: change)) }
                    writer.replay = nil
                    writer.revision += 1
                    state.write { [fresh] in $0 = fresh }
                }
            } catch {
                fresh.rows.file?.remove()
                throw error
            }
            try save()
            return before.catalog.deletedCount
        }
    }

    // MARK: Graph

    private func needsGraph(_ state: borrowing IndexState) -> Bool {
        let (rows, covered) = (state.catalog.count, state.graphRows)
        guard rows >= options.graphThreshold else { return state.graph != nil }
        guard covered > 0 else { return true }
        let scanned = min(max(covered / 32, Self.scannedRows.lowerBound), Self.scannedRows.upperBound)
        return rows - covered > scanned
    }

    /// Builds, extends or drops the graph if that is due. The caller holds `maintenance`, so no compaction renumbers the rows.
    ///
    /// - Returns: the number of rows in the new graph; `nil` if none was built.
    private func updateGraph() throws(IndexError) -> Int? {
        let (isDue, codes, base) = state.read { (needsGraph($0), $0.codes, $0.graph) }
        guard isDue else { return nil }
        guard codes.count >= options.graphThreshold else {
            state.write { $0.graph = nil }
            return nil
        }
        let graph = try Graph.build(over: codes, from: base, options: options, cancellation: cancellation)
        writer.withLock { writer in
            writer.revision += 1
            state.write { state in
                state.graph = graph
                if base == nil { state.recall = nil }
            }
        }
        return graph.count
    }
}
