package import Catalog
package import Retrieval

/// The operations on documents that tools, prompt and resources perform for a principal.
///
/// Every call carries the principal that the transport authenticated. An implementation must return only that principal's data,
/// and must treat ids of other principals as nonexistent. Clients see what its errors say as a `Failure`; internal errors go to the log.
package protocol DocumentBackend: Sendable {
    associatedtype Principal: Sendable

    /// Searches and returns passages, best first, as `Retriever.search` does.
    func search(_ principal: Principal, _ request: SearchRequest) async throws -> [SearchResult]

    /// Returns one document with its text and its parts, or `nil` if the principal has no document with that id.
    func fetch(_ principal: Principal, id: String) async throws -> (record: DocumentRecord, text: String, parts: DocumentParts)?

    /// Returns one page of documents. All pages together hold every document once, but a document that is written meanwhile may be on two.
    ///
    /// - Parameters:
    ///   - after: the `next` of the previous page; `nil` for the first page.
    ///   - limit: maximum number of documents; 0 for a page without any.
    /// - Returns: the documents; `next` is `nil` on the last page.
    func listDocuments(
        _ principal: Principal, after: String?, limit: Int
    ) async throws -> (documents: [DocumentRecord], next: String?)

    /// Returns document ids that begin with `prefix`, sorted.
    ///
    /// - Returns: at most `limit` ids, and the total number of matching ids.
    func completeDocumentID(
        _ principal: Principal, prefix: String, limit: Int
    ) async throws -> (values: [String], total: Int)
}
