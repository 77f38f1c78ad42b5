/// The chunk and document of each row, and the set of live rows. Rows are append-only: the row of a removed chunk stays,
/// marked deleted, until the index is compacted.
struct RowCatalog: Sendable {
    /// Maximum number of rows: the graph and the postings store row numbers in 32 bits.
    static let maximumRows = Int(Int32.max) - 1

    private(set) var chunks: [Int64] = []
    private(set) var documents: [Int64] = []
    /// Bitmap of live rows: bit `row % 64` of word `row / 64`.
    private(set) var live: [UInt64] = []
    private var rowOfChunk: [Int64: UInt32] = [:]
    private var rowsOfDocument: [Int64: [UInt32]] = [:]
    /// A counter that increases with every change, by which caches detect that they are out of date.
    private(set) var changes = 0

    var count: Int { chunks.count }
    var liveCount: Int { rowOfChunk.count }
    var deletedCount: Int { chunks.count - rowOfChunk.count }
    var documentCount: Int { rowsOfDocument.count }

    func isLive(_ row: Int) -> Bool { live[row >> 6] >> UInt64(row & 63) & 1 != 0 }

    func row(ofChunk chunk: Int64) -> Int? { rowOfChunk[chunk].map(Int.init) }

    func rows(ofDocument document: Int64) -> [UInt32] { rowsOfDocument[document] ?? [] }

    /// Returns the live rows of these documents.
    func bits(ofDocuments wanted: Set<Int64>) -> RowBits {
        var bits = RowBits(rows: count)
        if wanted.count < rowsOfDocument.count {
            for document in wanted { for row in rowsOfDocument[document] ?? [] { bits.insert(Int(row)) } }
        } else {
            for (document, rows) in rowsOfDocument where wanted.contains(document) { for row in rows { bits.insert(Int(row)) } }
        }
        return bits
    }

    /// Returns `bits`, or all live rows if it is `nil`, without the rows of the documents in `excluded`.
    func bits(_ bits: RowBits?, without excluded: Set<Int64>) -> RowBits {
        var bits = bits ?? RowBits(words: live)
        for document in excluded { for row in rowsOfDocument[document] ?? [] { bits.remove(Int(row)) } }
        return bits
    }

    /// Memory in bytes. The dictionaries' share is estimated from their capacity, three quarters of the allocated slots.
    var bytes: Int {
        let columns = chunks.capacity * 8 + documents.capacity * 8 + live.capacity * 8
        return columns + rowOfChunk.capacity * 16 + rowsOfDocument.capacity * 22 + rowsOfDocument.count * 48 + chunks.count * 8
    }

    mutating func append(chunk: Int64, document: Int64) {
        changes += 1
        let row = UInt32(chunks.count)
        chunks.append(chunk)
        documents.append(document)
        if row % 64 == 0 { live.append(0) }
        live[Int(row) >> 6] |= 1 << UInt64(row & 63)
        rowOfChunk[chunk] = row
        rowsOfDocument[document, default: []].append(row)
    }

    /// Marks the rows of a document deleted.
    mutating func remove(document: Int64) {
        for row in rowsOfDocument.removeValue(forKey: document) ?? [] { markDeleted(Int(row)) }
    }

    private mutating func markDeleted(_ row: Int) {
        changes += 1
        live[row >> 6] &= ~(1 << UInt64(row & 63))
        rowOfChunk[chunks[row]] = nil
    }

    /// Marks a live row deleted.
    mutating func remove(row: Int) {
        markDeleted(row)
        let document = documents[row]
        rowsOfDocument[document]?.removeAll { $0 == UInt32(row) }
        if rowsOfDocument[document]?.isEmpty == true { rowsOfDocument[document] = nil }
    }
}

extension RowCatalog {
    /// Creates a catalog from stored columns, or throws what is wrong with them.
    init(chunks: [Int64], documents: [Int64], live: [UInt64]) throws(SnapshotDefect) {
        let count = chunks.count
        guard documents.count == count, live.count == (count + 63) / 64 else { throw .inconsistent("row columns differ in length") }
        if count % 64 != 0, let last = live.last, last >> UInt64(count % 64) != 0 {
            throw .inconsistent("live rows beyond the last row")
        }
        (self.chunks, self.documents, self.live) = (chunks, documents, live)
        rowOfChunk.reserveCapacity(count)
        for row in 0..<count where isLive(row) {
            guard rowOfChunk.updateValue(UInt32(row), forKey: chunks[row]) == nil else {
                throw .inconsistent("duplicate chunk")
            }
            rowsOfDocument[documents[row], default: []].append(UInt32(row))
        }
    }
}
