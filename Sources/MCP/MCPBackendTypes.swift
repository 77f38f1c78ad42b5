public import JSON

/// A passage that matches a search, with the data needed to cite it.
public struct MCPSearchHit: Sendable {
    public var documentID: String
    public var chunkID: String
    /// The document's title. If it is empty, clients see the document's id.
    public var title: String
    /// The URL where people can read the document. If it is empty, clients see the document's resource URI.
    public var url: String
    public var text: String
    /// The relevance score: higher is better. Scores are comparable within one search only.
    public var score: Double
    /// The range of the passage in the document's text, in UTF-8 bytes.
    public var span: Range<Int>
    /// The headings above the passage, outermost first.
    public var headingPath: [String]
    public var metadata: JSONObject

    public init(
        documentID: String, chunkID: String, title: String, url: String, text: String, score: Double, span: Range<Int>,
        headingPath: [String] = [], metadata: JSONObject = [:]
    ) {
        (self.documentID, self.chunkID, self.title, self.url) = (documentID, chunkID, title, url)
        (self.text, self.score, self.span) = (text, score, span)
        (self.headingPath, self.metadata) = (headingPath, metadata)
    }
}

/// A whole document as extracted text.
public struct MCPDocument: Sendable {
    public var id: String
    /// Possibly empty, as in `MCPSearchHit`.
    public var title: String
    public var text: String
    /// Possibly empty, as in `MCPSearchHit`.
    public var url: String
    public var metadata: JSONObject
    /// The media type of `text`, not of the uploaded file.
    public var mimeType: String

    public init(
        id: String, title: String, text: String, url: String, metadata: JSONObject = [:], mimeType: String = "text/plain"
    ) {
        (self.id, self.title, self.text, self.url) = (id, title, text, url)
        (self.metadata, self.mimeType) = (metadata, mimeType)
    }
}

/// A document's entry in a list.
public struct MCPDocumentSummary: Sendable {
    public var id: String
    /// Possibly empty, as in `MCPSearchHit`.
    public var title: String
    /// The size of the extracted text, in UTF-8 bytes.
    public var sizeBytes: Int
    public var mimeType: String
    /// The time of the last update, in ISO 8601, UTC.
    public var updatedAt: String
    public var url: String

    public init(
        id: String, title: String, sizeBytes: Int, mimeType: String = "text/plain", updatedAt: String, url: String = ""
    ) {
        (self.id, self.title, self.sizeBytes, self.mimeType) = (id, title, sizeBytes, mimeType)
        (self.updatedAt, self.url) = (updatedAt, url)
    }
}
