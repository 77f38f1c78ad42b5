internal import Synchronization

/// What upkeep did.
public enum IndexUpkeep: Sendable {
    /// The index was rewritten without its deleted rows.
    case compacted(removedRows: Int)
    /// The graph now covers this many rows.
    case extendedGraph(rows: Int)
    case measuredRecall(RecallEstimate)
    /// Filters that pass many rows are searched by the signs of vectors, of which this many are then scored; `nil` if that was
    /// found not to do.
    case madeSigns(pool: Int?)
    /// Not done; the index works as before, only slower or larger.
    case failed(IndexError)

    public var isFailure: Bool { if case .failed = self { true } else { false } }
    public var isCompaction: Bool { if case .compacted = self { true } else { false } }
}

/// Upkeep. None of it changes an answer other than by the graph's approximation, and without it the index is slower, not
/// wrong. It goes on beside searches and changes.
extension CollectionIndex {
    /// Rows without a graph that are scanned rather than added to it: a few hundredths of a millisecond a search.
    private static let scannedRows = 512...2_048

    /// Whether `maintain` would do something.
    public var needsUpkeep: Bool {
        state.read { needsCompaction($0) || needsGraph($0) || needsSigns($0) } || (options.recallTarget > 0 && probes.hasEnough)
    }

    /// Compacts, builds or extends the graph, and measures recall, as far as any of it is due. Takes seconds in a large
    /// collection; `stopUpkeep` ends it early. For a thread of low priority.
    @discardableResult
    public func maintain() -> [IndexUpkeep] {
        upkeep.withLock { _ in
            var done: [IndexUpkeep] = []
            step(&done) { () throws(IndexError) in
                guard state.read({ needsCompaction($0) }) else { return nil }
                return .compacted(removedRows: try compactWhileLocked())
            }
            step(&done) { () throws(IndexError) in try updateGraph().map { .extendedGraph(rows: $0) } }
            step(&done) { () throws(IndexError) in try updateSigns() }
            step(&done) { () throws(IndexError) in try measureRecall().map { .measuredRecall($0) } }
            return done
        }
    }

    /// Rewrites the index without its deleted rows, however few, and removes the files that held them: what was deleted is
    /// then in no file of the index's folder.
    ///
    /// - Returns: how many rows that were.
    /// - Throws: `.fileFailed`, `.exhausted`, `.damaged`; the index goes on as it was.
    @discardableResult
    public func compact() throws(IndexError) -> Int {
        try upkeep.withLock { _ throws(IndexError) in try compactWhileLocked() }
    }

    /// Ends a `maintain` that is building a graph, and every later one until the index is opened again.
    public func stopUpkeep() { cancellation.cancel() }

    private func step(_ done: inout [IndexUpkeep], _ body: () throws(IndexError) -> IndexUpkeep?) {
        do throws(IndexError) {
            if let result = try noticingDamage(body) { done.append(result) }
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

    /// `upkeep` is held, so the rows keep their numbers but for this.
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

    /// `upkeep` is held, so the rows keep their numbers.
    ///
    /// - Returns: rows of a new graph; `nil` if it was not time for one.
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
