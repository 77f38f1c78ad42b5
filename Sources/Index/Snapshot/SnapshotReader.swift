internal import Foundation

/// Reads a snapshot into a state, or says why not.
struct SnapshotReader {
    let identity: String
    let dimension: Int
    let options: IndexOptions

    struct Opened: ~Copyable {
        var state: IndexState
        let recovery: IndexRecovery
    }

    /// The snapshot's state, or an empty one.
    func open(_ file: URL) -> Opened {
        do throws(SnapshotDefect) {
            let state = try read(file)
            let sequence = state.sequence
            return Opened(state: state, recovery: .loaded(sequence: sequence))
        } catch {
            return Opened(
                state: emptyState(), recovery: error == .missing ? .empty : .rebuild(reason: error.reason))
        }
    }

    private func emptyState() -> IndexState {
        do throws(IndexError) {
            return IndexState(codes: try CodeStore(dimension: dimension), options: options)
        } catch {
            // A few dozen bytes for an empty handle: without them, no Swift object can be made either.
            preconditionFailure("an empty index: \(error)")
        }
    }

    private func read(_ file: URL) throws(SnapshotDefect) -> IndexState {
        let sections = try SnapshotSections(try MappedFile(file))
        guard try sections.array(.identity, of: UInt8.self) == Array(identity.utf8) else { throw .otherIdentity }
        guard sections.dimension == dimension else { throw .otherDimension(sections.dimension) }
        let rows = sections.rows
        let (components, overflow) = rows.multipliedReportingOverflow(by: dimension)
        guard !overflow else { throw .inconsistent("number of rows") }
        var state = IndexState(codes: try codes(sections), options: options)
        state.catalog = try RowCatalog(
            chunks: sections.array(.chunks, of: Int64.self, count: rows),
            documents: sections.array(.documents, of: Int64.self, count: rows),
            live: sections.array(.live, of: UInt64.self))
        state.rows = VectorRows(dimension: dimension, mapped: try sections.floats(.rows, count: components))
        state.lexical = try lexical(sections, state.catalog)
        state.graph = try graph(sections, rows: rows)
        state.sequence = sections.sequence
        return state
    }

    private func codes(_ sections: SnapshotSections) throws(SnapshotDefect) -> CodeStore {
        do throws(IndexError) {
            var codes = try CodeStore(dimension: dimension)
            let (bytes, overflow) = sections.rows.multipliedReportingOverflow(by: codes.stride)
            guard !overflow else { throw IndexError(.internal, "number of rows") }
            try append(sections, bytes, to: &codes)
            return codes
        } catch {
            throw .inconsistent("codes: \(error.detail)")
        }
    }

    private func append(_ sections: SnapshotSections, _ bytes: Int, to codes: inout CodeStore) throws(IndexError) {
        var failure: IndexError?
        do throws(SnapshotDefect) {
            try sections.withSection(.codes, of: UInt8.self, count: bytes) { span throws(SnapshotDefect) in
                do throws(IndexError) { try codes.append(codes: span) } catch { failure = error }
            }
        } catch {
            throw IndexError(.internal, error.reason)
        }
        if let failure { throw failure }
    }

    private func lexical(_ sections: SnapshotSections, _ catalog: RowCatalog) throws(SnapshotDefect) -> LexicalIndex {
        let rows = catalog.count
        let columns = LexicalIndex.Columns(
            terms: try terms(sections),
            lengths: try sections.array(.rowLengths, of: UInt32.self, count: rows),
            entryCountOfRow: try sections.array(.entryCounts, of: UInt32.self, count: rows),
            entryTerms: try sections.array(.entryTerms, of: UInt32.self),
            entryCounts: try sections.array(.entryFrequencies, of: UInt16.self))
        return try LexicalIndex(columns, live: catalog, options: options)
    }

    private func terms(_ sections: SnapshotSections) throws(SnapshotDefect) -> [String] {
        let lengths = try sections.array(.termLengths, of: UInt32.self)
        let bytes = try sections.array(.termBytes, of: UInt8.self)
        var terms: [String] = []
        terms.reserveCapacity(lengths.count)
        var at = 0
        for length in lengths {
            let end = at + Int(length)
            guard end <= bytes.count else { throw .inconsistent("terms past the end") }
            terms.append(String(decoding: bytes[at..<end], as: UTF8.self))
            at = end
        }
        guard at == bytes.count else { throw .inconsistent("bytes without a term") }
        return terms
    }

    /// The stored graph, unless the collection is now to be scanned.
    private func graph(_ sections: SnapshotSections, rows: Int) throws(SnapshotDefect) -> Graph? {
        guard sections.contains(.graphShape), rows >= options.graphThreshold else { return nil }
        let shape = try sections.array(.graphShape, of: Int32.self, count: 4)
        return try sections.withSection(.graphLevels, of: Int32.self) { levels throws(SnapshotDefect) in
            guard levels.count <= rows else { throw .inconsistent("a graph over more rows than there are") }
            return try sections.withSection(.graphNeighbors, of: Int32.self) { neighbors throws(SnapshotDefect) in
                try Graph(
                    levels: levels, neighbors: neighbors,
                    shape: GraphShape(degree: shape[0], buildWidth: shape[1], entryPoint: shape[2], maxLevel: shape[3]))
            }
        }
    }
}
