internal import Synchronization

extension CollectionIndex {
    /// Removes every chunk of the documents `removingDocuments`, then adds; readers see all of it or nothing.
    ///
    /// A chunk that is already there is replaced, so a change that is applied again changes nothing. May also build or
    /// extend the graph, or compact, which can take seconds in a large collection; searches go on meanwhile.
    ///
    /// - Parameter sequence: the catalog's sequence number after this change; not before the index's own. Several
    ///   changes may carry the same one, as when an index is fed again from the catalog.
    /// - Throws: `.dimensionMismatch`, `.notFinite`, `.duplicateChunk`, `.staleSequence`, `.exhausted`; nothing has
    ///   then changed.
    public func apply(removingDocuments: [Int64], adding: [IndexEntry], sequence: Int64) throws(IndexError) {
        try validate(adding)
        let analyzed = adding.map { AnalyzedText(title: $0.title, body: $0.text) }
        let vectors = adding.flatMap(\.vector)
        try writer.withLock { _ throws(IndexError) in
            try state.write { state throws(IndexError) in
                try state.apply(
                    removingDocuments: removingDocuments, adding: adding, analyzed: analyzed, vectors: vectors,
                    sequence: sequence)
            }
            maintain()
        }
    }

    private func validate(_ entries: [IndexEntry]) throws(IndexError) {
        var seen = Set<Int64>(minimumCapacity: entries.count)
        for entry in entries {
            guard entry.vector.count == dimension else {
                throw IndexError(.dimensionMismatch, "\(entry.vector.count) components for an index of \(dimension)")
            }
            guard entry.vector.allSatisfy(\.isFinite) else {
                throw IndexError(.notFinite, "chunk \(entry.chunk): a vector with NaN or infinity")
            }
            guard seen.insert(entry.chunk).inserted else {
                throw IndexError(.duplicateChunk, "chunk \(entry.chunk) twice")
            }
        }
    }
}

/// Upkeep after a change, while `writer` is held. None of it changes an answer other than by the graph's approximation,
/// and none of it can fail the change that came before: without a graph or a compaction the index is slower, not wrong.
extension CollectionIndex {
    /// Rows added to a graph while readers wait: some 10 ms.
    private static let rowsPerStep = 32

    func maintain() {
        compactIfNeeded()
        do throws(IndexError) {
            try updateGraph()
        } catch {
            state.write { $0.graph = nil }
        }
    }

    private func compactIfNeeded() {
        let (rows, deleted) = state.read { ($0.catalog.count, $0.catalog.deletedCount) }
        guard deleted >= options.compactionMinimum, Double(deleted) > options.compactionShare * Double(rows) else { return }
        do throws(IndexError) {
            let compact = try state.read { state throws(IndexError) in
                var fresh = try state.compacted(options: options)
                if fresh.catalog.count >= options.graphThreshold {
                    fresh.graph = try Graph(over: fresh.codes, options: options)
                }
                return fresh
            }
            replaceState(with: compact)
        } catch {
            // Out of memory for a second copy: the deleted rows stay until the next attempt.
        }
    }

    private func replaceState(with fresh: consuming IndexState) {
        var fresh: IndexState? = fresh
        state.write { state in
            if let fresh = fresh.take() { state = fresh }
        }
    }

    private func updateGraph() throws(IndexError) {
        let (rows, covered) = state.read { ($0.catalog.count, $0.graphCount) }
        guard rows >= options.graphThreshold, covered < rows else { return }
        // Two threads and no waiting readers beat a step at a time when most of the graph would be new.
        if rows - covered > covered {
            var graph: Graph? = try state.read { state throws(IndexError) in
                try Graph(over: state.codes, options: options)
            }
            state.write { $0.graph = graph.take() }
        } else {
            try extendGraph(from: covered, to: rows)
        }
    }

    private func extendGraph(from covered: Int, to rows: Int) throws(IndexError) {
        for step in stride(from: covered, to: rows, by: Self.rowsPerStep) {
            try state.write { state throws(IndexError) in
                try state.graph?.extend(over: state.codes, to: min(step + Self.rowsPerStep, rows))
            }
        }
    }
}
