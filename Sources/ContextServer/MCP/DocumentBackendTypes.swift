package import JSON

/// A passage that matches a search, with the data needed to cite it.
package struct MCPSearchHit: Sendable {
    package var documentID: String
    package var chunkID: String
    /// The document's title. If it is empty, clients see the document's id.
    package var title: String
    /// The URL where people can read the document. If it is empty, clients see the document's resource URI.
    package var url: String
    package var text: String
    /// The relevance score: higher is better. Scores are comparable within one search only.
    package var score: Double
    /// The range of the passage in the document's text, in UTF-8 bytes.
    package var span: Range<Int>
    /// The headings above the passage, outermost first.
    package var headingPath: [String]
    package var metadata: JSONObject

    package init(
        documentID: String, chunkID: String, title: String, url: String, text: String, score: Double, span: Range<Int>,
        headingPath: [String] = [], metadata: JSONObject = [:]
    ) {
        (self.documentID, self.chunkID, self.title, self.url) = (documentID, chunkID, title, url)
        (self.text, self.score, self.span) = (text, score, span)
        (self.headingPath, self.metadata) = (headingPath, metadata)
    }
}

/// A whole document as extracted text.
package struct MCPDocument: Sendable {
    package var id: String
    /// Possibly empty, as in `MCPSearchHit`.
    package var title: String
    package var text: String
    /// Possibly empty, as in `MCPSearchHit`.
    package var url: String
    package var metadata: JSONObject
    /// The media type of `text`, not of the uploaded file.
    package var mimeType: String

    package init(
        id: String, title: String, text: String, url: String, metadata: JSONObject = [:], mimeType: String = "text/plain"
    ) {
        (self.id, self.title, self.text, self.url) = (id, title, text, url)
        (self.metadata, self.mimeType) = (metadata, mimeType)
    }
}

/// A document's entry in a list.
package struct MCPDocumentSummary: Sendable {
    package var id: String
    /// Possibly empty, as in `MCPSearchHit`.
    package var title: String
    /// The size of the extracted text, in UTF-8 bytes.
    package var sizeBytes: Int
    package var mimeType: String
    /// The time of the last update, in ISO 8601, UTC.
    package var updatedAt: String
    package var url: String

    package init(
        id: String, title: String, sizeBytes: Int, mimeType: String = "text/plain", updatedAt: String, url: String = ""
    ) {
        (self.id, self.title, self.sizeBytes, self.mimeType) = (id, title, sizeBytes, mimeType)
        (self.updatedAt, self.url) = (updatedAt, url)
    }
}
