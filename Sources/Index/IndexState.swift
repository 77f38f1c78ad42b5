internal import Kernels
internal import Synchronization

/// The mutable state of an index, protected by the lock of `CollectionIndex`. A copy is an immutable view, and costs
/// nothing until the original changes (copy on write).
///
/// A row number means the same chunk in `catalog`, `codes`, `rows` and `lexical`. The graph covers a prefix of the rows,
/// possibly not all.
struct IndexState: Sendable {
    var position = IndexPosition.start
    var catalog = RowCatalog()
    var codes: Codes
    var graph: Graph?
    var recall: RecallEstimate?
    var binaryCodes: BinaryCodeTable?
    var calibration = FilterCalibration.initial
    var rows: VectorRows
    var lexical: LexicalIndex
    /// A number that is unique in this process for each numbering of rows.
    let layout: UInt64

    private static let layouts = Atomic<UInt64>(0)

    init(dimension: Int, options: IndexOptions) {
        codes = Codes(dimension: dimension)
        rows = VectorRows(dimension: dimension)
        lexical = LexicalIndex(options: options)
        layout = Self.layouts.add(1, ordering: .relaxed).newValue
    }

    /// Applies a change: removes, then adds. Cannot fail, because every check was done before.
    ///
    /// - Parameter codes: the state's codes followed by the change's.
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

    private var bytesDense: Int { codes.bytes + (graph?.bytes ?? 0) + (binaryCodes?.bytes ?? 0) + catalog.bytes + rows.bytesInMemory }

    /// Estimated memory of the objects, locks and empty arrays of an open index, in bytes.
    private static let fixedBytes = 4_096

    var bytesInMemory: Int { Self.fixedBytes + bytesDense + lexical.bytes }

    /// Returns the state without its deleted rows and without a graph, in the same row order. The rows are in a new file.
    func compacted(to folder: IndexFolder, options: IndexOptions) throws(IndexError) -> IndexState {
        let kept = (0..<catalog.count).filter { catalog.isLive($0) }
        var fresh = IndexState(dimension: codes.dimension, options: options)
        fresh.codes = try compactedCodes(kept)
        for row in kept { fresh.catalog.append(chunk: catalog.chunks[row], document: catalog.documents[row]) }
        fresh.lexical = lexical.compacted(keeping: kept, options: options)
        fresh.position = position
        (fresh.recall, fresh.calibration) = (recall, calibration)
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

/// A change whose texts and codes were computed before any lock is taken.
struct PreparedChange: Sendable {
    let removingDocuments: [Int64]
    let chunks: [(chunk: Int64, document: Int64)]
    let texts: [AnalyzedText]
    /// Vectors of the added chunks, row-major.
    let vectors: [Float]
    let codes: [UInt8]
    let position: IndexPosition

    /// Prepares a change from validated entries.
    init(removingDocuments: [Int64], adding entries: [IndexEntry], position: IndexPosition) {
        self.removingDocuments = removingDocuments
        chunks = entries.map { ($0.chunk, $0.document) }
        texts = entries.map { AnalyzedText(title: $0.title, body: $0.text) }
        vectors = entries.flatMap(\.vector)
        codes = entries.flatMap { Int8Code.encode($0.vector.span) }
        self.position = position
    }
}
