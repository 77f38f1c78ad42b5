/// Which chunk and document each row holds, and which rows are live. Rows are only ever appended; a removed chunk's row
/// stays, marked deleted, until the index is compacted.
struct RowCatalog: Sendable {
    /// Rows are 32 bits in the graph and in postings.
    static let maximumRows = Int(Int32.max) - 1

    private(set) var chunks: [Int64] = []
    private(set) var documents: [Int64] = []
    /// Bit `row % 64` of word `row / 64`: the row is live.
    private(set) var live: [UInt64] = []
    private var rowOfChunk: [Int64: UInt32] = [:]
    private var rowsOfDocument: [Int64: [UInt32]] = [:]

    var count: Int { chunks.count }
    var liveCount: Int { rowOfChunk.count }
    var deletedCount: Int { chunks.count - rowOfChunk.count }
    var documentCount: Int { rowsOfDocument.count }

    func isLive(_ row: Int) -> Bool { live[row >> 6] >> UInt64(row & 63) & 1 != 0 }

    func row(ofChunk chunk: Int64) -> Int? { rowOfChunk[chunk].map(Int.init) }

    func rows(ofDocument document: Int64) -> [UInt32] { rowsOfDocument[document] ?? [] }

    mutating func append(chunk: Int64, document: Int64) {
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
    /// From stored columns, or what is wrong with them.
    init(chunks: [Int64], documents: [Int64], live: [UInt64]) throws(SnapshotDefect) {
        let count = chunks.count
        guard documents.count == count, live.count == (count + 63) / 64 else { throw .inconsistent("row columns") }
        if count % 64 != 0, let last = live.last, last >> UInt64(count % 64) != 0 {
            throw .inconsistent("live rows past the end")
        }
        (self.chunks, self.documents, self.live) = (chunks, documents, live)
        rowOfChunk.reserveCapacity(count)
        for row in 0..<count where isLive(row) {
            guard rowOfChunk.updateValue(UInt32(row), forKey: chunks[row]) == nil else {
                throw .inconsistent("a chunk twice")
            }
            rowsOfDocument[documents[row], default: []].append(UInt32(row))
        }
    }
}
