public import Citing
import Foundation
import GRDB
import JSON
import Scheduling
public import Tenancy

extension CatalogStore {
    /// - Throws: `.documentNotFound`, also for another tenant's document.
    public func document(_ id: DocumentID, in scope: TenantScope) async throws -> DocumentRecord {
        try await read(in: scope) { db in try Self.document(id, in: scope, db) }
    }

    /// Returns a document, its extracted text and a summary of its parts, all from the same version.
    ///
    /// - Throws: `.documentNotFound`.
    public func documentWithText(_ id: DocumentID, in scope: TenantScope) async throws -> (
        record: DocumentRecord, text: String, parts: DocumentParts
    ) {
        try await read(in: scope) { db in
            let record = try Self.document(id, in: scope, db)
            let text = try Data.fetchOne(
                db, sql: "SELECT text FROM content WHERE tenant = ? AND document = ?",
                arguments: [scope.tenant.rawValue, record.number])
            return (record, String(decoding: text ?? Data(), as: UTF8.self), try Self.parts(of: record.number, in: scope, db))
        }
    }

    /// Returns a document, the positions of its chunks in reading order, and a summary of its parts.
    ///
    /// - Throws: `.documentNotFound`.
    public func documentWithSpans(_ id: DocumentID, in scope: TenantScope) async throws -> (
        record: DocumentRecord, chunks: [ChunkPosition], parts: DocumentParts
    ) {
        try await read(in: scope) { db in
            let record = try Self.document(id, in: scope, db)
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT number, span_start, span_end, \(Self.chunkParts) FROM chunk WHERE tenant = ? AND document = ? ORDER BY ordinal
                    """, arguments: [scope.tenant.rawValue, record.number])
            return (record, rows.map { Self.position($0, from: 0) }, try Self.parts(of: record.number, in: scope, db))
        }
    }

    private static func position(_ row: Row, from first: Int) -> ChunkPosition {
        ChunkPosition(number: row[first], span: span(row, from: first + 1), parts: parts(row[first + 3]))
    }

    /// Returns a small document and the positions of its chunks with one statement on the calling thread, which may be an event loop's: see
    /// `lookUp`.
    ///
    /// - Parameters:
    ///   - maximumChunks: number of chunks up to which a document is small.
    ///   - maximumMetadataBytes: size of the metadata up to which it is small.
    /// - Returns: `nil` if there is no such document, or it is not small.
    public func smallDocumentWithSpans(
        _ id: DocumentID, maximumChunks: Int, maximumMetadataBytes: Int, in scope: TenantScope
    ) throws -> (record: DocumentRecord, chunks: [ChunkPosition], parts: DocumentParts)? {
        try lookUp { db in
            let rows = try Row.fetchCursor(
                db.cachedStatement(sql: Self.smallDocument),
                arguments: [scope.tenant.rawValue, scope.incarnation, id.rawValue, maximumChunks, maximumMetadataBytes])
            var (record, chunks, parts): (DocumentRecord?, [ChunkPosition], DocumentParts) = (nil, [], DocumentParts())
            while let row = try rows.next() {
                if record == nil {
                    record = Self.record(row, from: 0)
                    parts = Self.documentParts(row[11])
                }
                if let _: Int64 = row[12] { chunks.append(Self.position(row, from: 12)) }
            }
            return record.map { ($0, chunks, parts) }
        }
    }

    private static let smallDocument = """
        SELECT \(documentColumns), \(documentParts), chunk.number, chunk.span_start, chunk.span_end, \(chunkParts)
        FROM tenant CROSS JOIN document ON document.tenant = tenant.tenant AND document.document_id = ?3
            LEFT JOIN chunk ON chunk.tenant = document.tenant AND chunk.document = document.number
        WHERE tenant.tenant = ?1 AND tenant.generation = ?2 AND document.chunk_count <= ?4
            AND length(CAST(document.metadata AS BLOB)) <= ?5
        ORDER BY chunk.ordinal
        """

    /// Returns a page of the tenant's documents, ordered by the bytes of their ids.
    ///
    /// - Parameters:
    ///   - after: the last id of the previous page; that document may have been deleted.
    ///   - changes: sequence numbers; documents whose last change has one of them are omitted.
    ///   - maximumMetadataBytes: the page ends early, with the document whose metadata reaches this total size.
    /// - Returns: up to `limit` documents, and whether more follow.
    public func documents(
        after: DocumentID?, except changes: ClosedRange<Int64>? = nil, limit: Int, maximumMetadataBytes: Int = .max, in scope: TenantScope
    ) async throws -> (page: [DocumentRecord], hasMore: Bool) {
        try await read(in: scope) { db in
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT * FROM document WHERE tenant = ? AND document_id > ? AND NOT sequence BETWEEN ? AND ?
                        ORDER BY document_id LIMIT ?
                    """,
                arguments: [scope.tenant.rawValue, after?.rawValue ?? "", changes?.lowerBound ?? 0, changes?.upperBound ?? -1, limit + 1])
            var page: [DocumentRecord] = []
            var bytes = 0
            while let row = try rows.next() {
                guard page.count < limit, bytes < maximumMetadataBytes else { return (page, true) }
                let metadata: String = row["metadata"]
                bytes += metadata.utf8.count
                if let record = Self.record(row) { page.append(record) }
            }
            return (page, false)
        }
    }

    /// Returns the documents that were written last, the newest first.
    ///
    /// - Parameter maximumMetadataBytes: the list ends early, with the document whose metadata reaches this total size.
    /// - Returns: up to `limit` documents; whether there are more; and the sequence numbers of the listed documents' last changes, which no
    ///   other document has. They are `nil` if no document is listed.
    public func recentDocuments(limit: Int, maximumMetadataBytes: Int = .max, in scope: TenantScope) async throws -> (
        page: [DocumentRecord], hasMore: Bool, changes: ClosedRange<Int64>?
    ) {
        try await read(in: scope) { db in
            let rows = try Row.fetchCursor(
                db, sql: "SELECT * FROM document WHERE tenant = ? ORDER BY sequence DESC LIMIT ?",
                arguments: [scope.tenant.rawValue, limit + 1])
            var (page, changes): ([DocumentRecord], ClosedRange<Int64>?) = ([], nil)
            var bytes = 0
            while let row = try rows.next() {
                guard page.count < limit, bytes < maximumMetadataBytes else { return (page, true, changes) }
                let metadata: String = row["metadata"]
                bytes += metadata.utf8.count
                guard let record = Self.record(row) else { continue }
                let sequence: Int64 = row["sequence"]
                changes = sequence...(changes?.upperBound ?? sequence)
                page.append(record)
            }
            return (page, false, changes)
        }
    }

    /// Returns up to `limit` document ids with the prefix, in byte order, and the total number of them.
    public func documentIDs(beginningWith prefix: String, limit: Int, in scope: TenantScope) async throws -> (
        ids: [String], total: Int
    ) {
        try await read(in: scope) { db in
            let condition = "tenant = ? AND document_id >= ? AND substr(document_id, 1, ?) = ?"
            let arguments: StatementArguments = [scope.tenant.rawValue, prefix, prefix.unicodeScalars.count, prefix]
            let ids = try String.fetchAll(
                db, sql: "SELECT document_id FROM document WHERE \(condition) ORDER BY document_id LIMIT ?",
                arguments: arguments + [limit])
            let total = try Int.fetchOne(db, sql: "SELECT count(*) FROM document WHERE \(condition)", arguments: arguments)
            return (ids, total ?? ids.count)
        }
    }

    /// Returns chunks by number; deleted chunks are omitted.
    public func chunks(_ numbers: [Int64], in scope: TenantScope) async throws -> [Int64: ChunkRecord] {
        try await workers.run(for: WorkKey(scope)) { [self] _ in try readChunks(numbers, in: scope) }
    }

    /// Does the same on the calling thread, which must be a worker's.
    public func readChunks(_ numbers: [Int64], in scope: TenantScope) throws -> [Int64: ChunkRecord] {
        try readNow(in: scope) { db in
            let rows = try Row.fetchCursor(
                db.cachedStatement(sql: Self.chunksByNumber),
                arguments: [scope.tenant.rawValue, JSONValue.array(numbers.map { .integer($0) }).description])
            var documents: [Int64: DocumentRecord] = [:]
            var found: [Int64: ChunkRecord] = Dictionary(minimumCapacity: numbers.count)
            while let row = try rows.next() {
                let number: Int64 = row[0], owner: Int64 = row[8]
                guard let document = documents[owner] ?? Self.record(row, from: 7) else { continue }
                documents[owner] = document
                found[number] = ChunkRecord(
                    number: number, document: document,
                    chunk: Chunk(
                        span: Self.span(row, from: 1), headings: Self.strings(row[3]), text: row[4], tokenCount: row[5],
                        parts: Self.parts(row[6])))
            }
            return found
        }
    }

    /// The columns of a document's record, in the order of `record(_:from:)`.
    private static let documentColumns = """
        document.document_id, document.number, document.title, document.url, document.metadata, document.media_type,
        document.text_bytes, document.chunk_count, document.created_at, document.updated_at, document.sequence
        """

    /// One statement for any number of chunks, which each connection compiles once. The order of the join is fixed: a chunk is found by its
    /// key, and then its document. Vectors are not read.
    private static let chunksByNumber = """
        SELECT chunk.number, chunk.span_start, chunk.span_end, chunk.headings, chunk.text, chunk.tokens, \(chunkParts),
            \(documentColumns)
        FROM json_each(?2) AS wanted
            CROSS JOIN chunk ON chunk.tenant = ?1 AND chunk.number = wanted.value
            CROSS JOIN document ON document.tenant = ?1 AND document.number = chunk.document
        """

    /// Returns the vectors of a document's current chunks, by the hash of the embedded text, so that a new version can reuse them.
    public func vectors(of id: DocumentID, model: String, in scope: TenantScope) async throws -> [[UInt8]: [Float]] {
        try await read(in: scope) { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT chunk.hash, chunk.vector FROM document JOIN chunk
                        ON chunk.tenant = document.tenant AND chunk.document = document.number
                    WHERE document.tenant = ? AND document.document_id = ? AND document.model = ?
                    """)
            var vectors: [[UInt8]: [Float]] = [:]
            for row in try Row.fetchAll(statement, arguments: [scope.tenant.rawValue, id.rawValue, model]) {
                let hash: Data = row["hash"]
                vectors[Array(hash)] = VectorBytes.decode(row["vector"])
            }
            return vectors
        }
    }

    /// Number of documents whose metadata are read at a time. Other tenants' work can run between two pages.
    private static let filterPage = 512

    /// Returns the numbers of the documents whose metadata satisfies `filter`. Reads the documents page by page, so each is evaluated as of
    /// some moment during the call.
    ///
    /// - Throws: `CancellationError` between two pages if the task was cancelled; `.tenantNotFound`; `WorkerPoolFull`.
    public func documents(matching filter: MetadataFilter, in scope: TenantScope) async throws -> Set<Int64> {
        let keys = Set(filter.keys.map { Array($0.utf8) })
        let matcher = MetadataMatcher(filter)
        var numbers: Set<Int64> = []
        var last: Int64? = .min
        while let after = last {
            let page = try await read(in: scope) { db in
                try Self.matches(of: matcher, keys, after: after, limit: Self.filterPage, in: scope, db)
            }
            numbers.formUnion(page.numbers)
            last = page.last
        }
        return numbers
    }

    private static func matches(
        of matcher: MetadataMatcher, _ keys: Set<[UInt8]>, after: Int64, limit: Int, in scope: TenantScope, _ db: Database
    ) throws -> (numbers: [Int64], last: Int64?) {
        let statement = try db.cachedStatement(
            sql: "SELECT number, metadata FROM document WHERE tenant = ? AND number > ? ORDER BY number LIMIT ?")
        let rows = try Row.fetchCursor(statement, arguments: [scope.tenant.rawValue, after, limit])
        var (numbers, last, count): ([Int64], Int64?, Int) = ([], nil, 0)
        while let row = try rows.next() {
            let number: Int64 = row[0]
            (last, count) = (number, count + 1)
            let metadata = try row.withUnsafeData(atIndex: 1) { StoredMetadata.members(keys, of: $0 ?? Data()) } ?? object(row[1])
            if matcher.matches(metadata) { numbers.append(number) }
        }
        return (numbers, count == limit ? last : nil)
    }

    /// Returns the tags of all models whose vectors the catalog holds, over all tenants. For the operator only.
    public func modelsInUse() async throws -> [String] {
        try await pool.read { db in try String.fetchAll(db, sql: "SELECT DISTINCT model FROM document ORDER BY model") }
    }

    static func document(_ id: DocumentID, in scope: TenantScope, _ db: Database) throws -> DocumentRecord {
        let statement = try db.cachedStatement(sql: "SELECT * FROM document WHERE tenant = ? AND document_id = ?")
        guard let record = try Row.fetchOne(statement, arguments: [scope.tenant.rawValue, id.rawValue]).flatMap(record) else {
            throw CatalogError(.documentNotFound, "no document has this id")
        }
        return record
    }

    private static func record(_ row: Row) -> DocumentRecord? {
        guard let id = DocumentID(row["document_id"]) else { return nil }
        let metadata: String = row["metadata"]
        return DocumentRecord(
            id: id, number: row["number"], title: row["title"], url: row["url"], metadata: object(metadata),
            metadataBytes: metadata.utf8.count, mediaType: row["media_type"], textBytes: row["text_bytes"], chunkCount: row["chunk_count"],
            createdAt: Timestamp(milliseconds: row["created_at"]), updatedAt: Timestamp(milliseconds: row["updated_at"]),
            sequence: row["sequence"])
    }

    /// Reads `documentColumns`, of which the first is at `first`. A column's place is found faster than its name.
    private static func record(_ row: Row, from first: Int) -> DocumentRecord? {
        guard let id = DocumentID(row[first]) else { return nil }
        let metadata: String = row[first + 4]
        return DocumentRecord(
            id: id, number: row[first + 1], title: row[first + 2], url: row[first + 3], metadata: object(metadata),
            metadataBytes: metadata.utf8.count, mediaType: row[first + 5], textBytes: row[first + 6], chunkCount: row[first + 7],
            createdAt: Timestamp(milliseconds: row[first + 8]), updatedAt: Timestamp(milliseconds: row[first + 9]),
            sequence: row[first + 10])
    }

    private static func span(_ row: Row, from first: Int) -> Range<Int> {
        let start: Int = row[first], end: Int = row[first + 1]
        return start..<max(start, end)
    }

    static func object(_ text: String) -> JSONObject {
        text == "{}" ? [:] : (try? JSONValue(parsing: Array(text.utf8), limits: .trusted))?.objectValue ?? [:]
    }

    static func strings(_ text: String) -> [String] {
        text == "[]" ? [] : ((try? JSONValue(parsing: Array(text.utf8), limits: .trusted))?.arrayValue ?? []).compactMap(\.stringValue)
    }
}
