import Catalog
import Hummingbird
import JSON
import Tenancy

/// One page of a tenant's documents, read and written in small parts, so that memory holds the response's bytes and the values of only one
/// part.
struct DocumentPage: Sendable {
    let catalog: CatalogStore
    let scope: TenantScope
    /// Maximum number of documents.
    let limit: Int

    /// Size in bytes at which a page ends early; the next page continues.
    private static let maximumBytes = 4 << 20
    /// Maximum number of documents, and bytes of metadata, that are read at once.
    private static let partDocuments = 100
    private static let partMetadataBytes = 128 << 10
    /// Memory of a part until it is written, in bytes: its metadata is parsed temporarily.
    private static let partMemory = 1 << 20

    func response(after: DocumentID?, _ context: ServerContext) async throws -> Response {
        try await context.makeRoom(for: Self.partMemory)
        var bytes = Array(#"{"data":["#.utf8)
        var (count, last, hasMore) = (0, after, true)
        while hasMore, count < limit, bytes.count < Self.maximumBytes {
            let part = try await catalog.documents(
                after: last, limit: min(Self.partDocuments, limit - count), maximumMetadataBytes: Self.partMetadataBytes, in: scope)
            let before = bytes.count
            for document in part.page {
                if count > 0 { bytes.append(UInt8(ascii: ",")) }
                JSONValue.object(document.json).write(into: &bytes)
                count += 1
            }
            (last, hasMore) = (part.page.last?.id ?? last, part.hasMore && !part.page.isEmpty)
            try await context.makeRoom(for: bytes.count - before)
        }
        let next = hasMore ? last.map { JSONValue.string(DocumentCursor.encode($0)) } : nil
        bytes.append(contentsOf: #"],"next_cursor":"#.utf8)
        (next ?? .null).write(into: &bytes)
        bytes.append(UInt8(ascii: "}"))
        return .json(bytes: bytes)
    }
}
