internal import Synchronization

/// A set of documents to search. The filter caches their rows until the index changes, so create one filter and reuse it
/// for several searches.
public final class DocumentFilter: Sendable {
    public let documents: Set<Int64>

    private struct Rows {
        let layout: UInt64
        let changes: Int
        let bits: RowBits
    }
    private let rows = Mutex<Rows?>(nil)

    public init(documents: Set<Int64>) { self.documents = documents }

    /// A filter that passes at most one row in this many also keeps a list of its rows; a broader filter is not read row by row, since
    /// graph search is faster.
    private static let listedShare = 2

    /// Memory of the cached list of rows, in bytes; 0 if there is none.
    public var bytesListed: Int { rows.withLock { $0?.bits.bytesListed ?? 0 } }

    /// Returns the live rows of the documents.
    func bits(in state: borrowing IndexState) -> RowBits {
        let (layout, changes) = (state.layout, state.catalog.changes)
        if let known = rows.withLock({ $0 }), known.layout == layout, known.changes == changes { return known.bits }
        var bits = state.catalog.bits(ofDocuments: documents)
        if bits.count <= state.catalog.count / Self.listedShare { bits.list() }
        rows.withLock { [bits] in $0 = Rows(layout: layout, changes: changes, bits: bits) }
        return bits
    }
}
