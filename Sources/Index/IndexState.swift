internal import Kernels
internal import Synchronization

/// Everything of an index that a change touches; guarded by the lock of `CollectionIndex`. A copy is a view that stays as
/// it is, and costs nothing until the original is changed.
///
/// One row number means the same chunk in `catalog`, `codes`, `rows` and `lexical`. The graph covers the first rows,
/// possibly not all.
struct IndexState: Sendable {
    var position = IndexPosition.start
    var catalog = RowCatalog()
    var codes: Codes
    var graph: Graph?
    var recall: RecallEstimate?
    var signs: SignTable?
    var rows: VectorRows
    var lexical: LexicalIndex
    /// Another one for each numbering of rows in this process.
    let layout: UInt64

    private static let layouts = Atomic<UInt64>(0)

    init(dimension: Int, options: IndexOptions) {
        codes = Codes(dimension: dimension)
        rows = VectorRows(dimension: dimension)
        lexical = LexicalIndex(options: options)
        layout = Self.layouts.add(1, ordering: .relaxed).newValue
    }

    /// Removes, then adds. Cannot fail: what could was done before.
    ///
    /// - Parameter codes: these and the change's.
    mutating func apply(_ change: PreparedChange, codes: Codes) {
        for document in change.removingDocuments {
            for row in catalog.rows(ofDocument: document) { lexical.remove(row: Int(row)) }
            catalog.remove(document: document)
        }
        for (chunk, _) in change.chunks {
            guard let row = catalog.row(ofChunk: chunk) else { continue }
            lexical.remove(row: row)
            catalog.remove(row: row)
        }
        self.codes = codes
        rows.append(change.vectors)
        for ((chunk, document), text) in zip(change.chunks, change.texts) {
            catalog.append(chunk: chunk, document: document)
            lexical.append(text)
        }
        position = change.position
    }

    var graphRows: Int { graph?.count ?? 0 }

    func statistics(bytesOnDisk: Int) -> IndexStatistics {
        IndexStatistics(
            chunks: catalog.liveCount, documents: catalog.documentCount, deletedRows: catalog.deletedCount,
            mode: graphRows > 0 ? .graph : .exact, graphRows: graphRows, recall: graphRows > 0 ? recall : nil,
            bytesDense: bytesDense, bytesLexical: lexical.bytes, bytesOnDisk: bytesOnDisk, sequence: position.sequence)
    }

    private var bytesDense: Int { codes.bytes + (graph?.bytes ?? 0) + (signs?.bytes ?? 0) + catalog.bytes + rows.bytesInMemory }

    /// Objects, locks and empty arrays of an open index.
    private static let fixedBytes = 4_096

    var bytesInMemory: Int { Self.fixedBytes + bytesDense + lexical.bytes }

    /// The same chunks in the same order without the deleted rows, and without a graph; its rows in a new file.
    func compacted(to folder: IndexFolder, options: IndexOptions) throws(IndexError) -> IndexState {
        let kept = (0..<catalog.count).filter { catalog.isLive($0) }
        var fresh = IndexState(dimension: codes.dimension, options: options)
        fresh.codes = try compactedCodes(kept)
        for row in kept { fresh.catalog.append(chunk: catalog.chunks[row], document: catalog.documents[row]) }
        fresh.lexical = lexical.compacted(keeping: kept, options: options)
        fresh.position = position
        fresh.recall = recall
        fresh.rows = try rows.copied(kept, to: folder)
        return fresh
    }

    private func compactedCodes(_ kept: [Int]) throws(IndexError) -> Codes {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(kept.count * codes.stride)
        codes.withCodes { all in
            for row in kept {
                let code = all.extracting(row * codes.stride..<(row + 1) * codes.stride)
                // SAFETY: reads one code while the buffer is borrowed.
                unsafe code.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
            }
        }
        return try Codes(dimension: codes.dimension).appending(bytes.span)
    }
}

/// A change with everything worked out that needs no lock.
struct PreparedChange: Sendable {
    let removingDocuments: [Int64]
    let chunks: [(chunk: Int64, document: Int64)]
    let texts: [AnalyzedText]
    /// Row-major.
    let vectors: [Float]
    let codes: [UInt8]
    let position: IndexPosition

    /// The entries are valid.
    init(removingDocuments: [Int64], adding entries: [IndexEntry], position: IndexPosition) {
        self.removingDocuments = removingDocuments
        chunks = entries.map { ($0.chunk, $0.document) }
        texts = entries.map { AnalyzedText(title: $0.title, body: $0.text) }
        vectors = entries.flatMap(\.vector)
        codes = entries.flatMap { Int8Code.encode($0.vector.span) }
        self.position = position
    }
}
