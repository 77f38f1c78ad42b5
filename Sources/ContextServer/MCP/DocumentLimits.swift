/// The limits of the tools and the prompt for documents.
package struct DocumentLimits: Sendable {
    /// Maximum length of a query or question, in Unicode scalars.
    package var queryCharacters = 10_000
    /// Maximum length of a document id, in UTF-8 bytes.
    package var idBytes = 512
    /// Maximum `limit` of a search; `defaultSearchResults` applies if the request has no `limit`.
    package var searchResults = 50
    package var defaultSearchResults = 10

    package init() {}
}

extension String {
    /// Whether the text has nothing but white space.
    var isBlank: Bool { unicodeScalars.allSatisfy(\.properties.isWhitespace) }
}
