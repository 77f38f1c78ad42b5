import Catalog
import Failure
import JSON
import MCP
import Memory
import Retrieval
import Scheduling
import Tenancy

/// The MCP backend of one tenant: search and documents, through the same read path as REST.
struct ContextBackend: DocumentBackend {
    private let catalog: CatalogStore
    private let retriever: Retriever

    /// Number of copies of a document's text in memory: the text, its JSON, and both in the response, one of them as JSON within JSON.
    private static let copiesOfText = 4
    /// Maximum metadata that a page of a list reads, though it returns none, in bytes, and the memory that this takes.
    private static let pageMetadataBytes = 1 << 20
    private static let pageMemory = 4 << 20

    init(catalog: CatalogStore, retriever: Retriever) { (self.catalog, self.retriever) = (catalog, retriever) }

    func search(_ principal: MCPCaller, _ request: SearchRequest) async throws -> [SearchResult] {
        let caller = principal.caller
        try caller.require(.read)
        try await principal.memory?.expect(request.resultMemory)
        return try await retriever.search(request, in: caller.scope)
    }

    func fetch(_ principal: MCPCaller, id: String) async throws -> (record: DocumentRecord, text: String, parts: DocumentParts)? {
        guard let id = DocumentID(id) else { return nil }
        let caller = principal.caller
        try caller.require(.read)
        do {
            if let memory = principal.memory {
                let bytes = try await catalog.document(id, in: caller.scope).textBytes
                try await expect(Self.copiesOfText * bytes + MetadataLimits().bytes, of: memory)
            }
            return try await catalog.documentWithText(id, in: caller.scope)
        } catch let error as CatalogError where error.code == .documentNotFound {
            return nil
        }
    }

    func listDocuments(_ principal: MCPCaller, after: String?, limit: Int) async throws -> (
        documents: [DocumentRecord], next: String?
    ) {
        let caller = principal.caller
        try caller.require(.read)
        try await principal.memory?.expect(Self.pageMemory)
        guard let after else {
            let (page, hasMore, changes) = try await catalog.recentDocuments(
                limit: limit, maximumMetadataBytes: Self.pageMetadataBytes, in: caller.scope)
            return (page, hasMore ? ListPosition(recent: changes, after: nil).encoded : nil)
        }
        guard let position = ListPosition(after) else { throw Failure.invalid("cursor is not one that this list gave") }
        let (page, hasMore) = try await catalog.documents(
            after: position.after, except: position.recent, limit: limit, maximumMetadataBytes: Self.pageMetadataBytes, in: caller.scope)
        return (page, hasMore ? ListPosition(recent: position.recent, after: page.last?.id).encoded : nil)
    }

    func completeDocumentID(_ principal: MCPCaller, prefix: String, limit: Int) async throws -> (values: [String], total: Int) {
        let caller = principal.caller
        try caller.require(.read)
        let (ids, total) = try await catalog.documentIDs(beginningWith: prefix, limit: limit, in: caller.scope)
        return (ids, total)
    }

    /// - Throws: a failure that names the route for documents that are too large for a tool call.
    private func expect(_ bytes: Int, of memory: MCPMemory) async throws {
        do {
            try await memory.expect(bytes)
        } catch let shortage as MemoryShortage where shortage.code == .impossible {
            throw Failure.tooLarge("\(shortage.failure.detail); read it with GET /v1/documents/{id}/content").at("id")
        }
    }
}
