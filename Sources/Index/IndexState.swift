internal import Kernels

/// Everything of an index that a change touches; guarded by the lock of `CollectionIndex`.
///
/// One row number means the same chunk in `catalog`, `codes`, `rows` and `lexical`. The graph covers the first rows,
/// possibly not all.
struct IndexState: ~Copyable {
    var sequence: Int64 = 0
    var catalog = RowCatalog()
    var codes: CodeStore
    var graph: Graph?
    var rows: VectorRows
    var lexical: LexicalIndex

    init(codes: consuming CodeStore, options: IndexOptions) {
        rows = VectorRows(dimension: codes.dimension)
        lexical = LexicalIndex(options: options)
        self.codes = codes
    }

    /// Removes, then adds. All that can fail comes first, so a failed change changes nothing.
    mutating func apply(
        removingDocuments: [Int64], adding entries: [IndexEntry], analyzed: [AnalyzedText], vectors: [Float],
        sequence: Int64
    ) throws(IndexError) {
        guard sequence >= self.sequence else {
            throw IndexError(.staleSequence, "\(sequence) after \(self.sequence)")
        }
        guard entries.count <= RowCatalog.maximumRows - catalog.count else {
            throw IndexError(.exhausted, "\(catalog.count) rows and \(entries.count) more")
        }
        try codes.add(vectors)
        for document in removingDocuments {
            for row in catalog.rows(ofDocument: document) { lexical.remove(row: Int(row)) }
            catalog.remove(document: document)
        }
        for entry in entries {
            guard let row = catalog.row(ofChunk: entry.chunk) else { continue }
            lexical.remove(row: row)
            catalog.remove(row: row)
        }
        rows.append(vectors)
        for (entry, text) in zip(entries, analyzed) {
            catalog.append(chunk: entry.chunk, document: entry.document)
            lexical.append(text)
        }
        self.sequence = sequence
    }

    var graphCount: Int {
        switch graph {
        case let graph?: graph.count
        case nil: 0
        }
    }

    var statistics: IndexStatistics {
        var bytesDense = codes.count * codes.stride + rows.bytes
        switch graph {
        case let graph?: bytesDense += graph.bytes
        case nil: break
        }
        return IndexStatistics(
            chunks: catalog.liveCount, documents: catalog.documentCount, deletedRows: catalog.deletedCount,
            mode: graphCount > 0 ? .graph : .exact, bytesDense: bytesDense, bytesLexical: lexical.bytes,
            sequence: sequence)
    }

    /// The same chunks in the same order without the deleted rows, and without a graph.
    func compacted(options: IndexOptions) throws(IndexError) -> IndexState {
        let kept = (0..<catalog.count).filter { catalog.isLive($0) }
        var fresh = IndexState(codes: try CodeStore(dimension: codes.dimension), options: options)
        try codes.withCodes { bytes throws(IndexError) in
            for row in kept {
                try fresh.codes.append(codes: bytes.extracting(row * codes.stride..<(row + 1) * codes.stride))
            }
        }
        for row in kept {
            fresh.catalog.append(chunk: catalog.chunks[row], document: catalog.documents[row])
            rows.withRow(row) { fresh.rows.append($0) }
        }
        fresh.lexical = lexical.compacted(keeping: kept, options: options)
        fresh.sequence = sequence
        return fresh
    }
}
