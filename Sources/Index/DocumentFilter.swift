internal import Synchronization

/// The documents that may be found. Which rows they have is looked up once and kept until the index changes, so a filter
/// that is used for several searches should be made once.
public final class DocumentFilter: Sendable {
    public let documents: Set<Int64>

    private struct Rows {
        let layout: UInt64
        let changes: Int
        let bits: RowBits
    }
    private let rows = Mutex<Rows?>(nil)

    public init(documents: Set<Int64>) { self.documents = documents }

    /// Up to this share of all rows those that pass are listed too; where more pass they are not looked at one by one.
    private static let listedShare = 8

    /// The live rows of the documents.
    func bits(in state: borrowing IndexState) -> RowBits {
        let (layout, changes) = (state.layout, state.catalog.changes)
        if let known = rows.withLock({ $0 }), known.layout == layout, known.changes == changes { return known.bits }
        var bits = state.catalog.bits(ofDocuments: documents)
        if bits.count <= state.catalog.count / Self.listedShare { bits.list() }
        rows.withLock { [bits] in $0 = Rows(layout: layout, changes: changes, bits: bits) }
        return bits
    }
}
