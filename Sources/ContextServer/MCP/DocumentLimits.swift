/// The limits of the tools for documents.
package struct DocumentLimits: Sendable {
    /// Maximum length of a document id, in UTF-8 bytes.
    package var idBytes = 512
    /// Maximum `limit` of a search; `defaultSearchResults` applies if the request has no `limit`.
    package var searchResults = 50
    package var defaultSearchResults = 10

    package init() {}
}
