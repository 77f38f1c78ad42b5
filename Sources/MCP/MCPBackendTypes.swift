public import JSON

/// A passage of a document that answers a search, with what is needed to cite it.
public struct MCPSearchHit: Sendable {
    public var documentID: String
    public var chunkID: String
    /// Empty where the document has none; clients then see its id.
    public var title: String
    /// Where people can read the document. Where it is empty, clients see the document's resource URI.
    public var url: String
    public var text: String
    /// Higher is better; comparable within one search only.
    public var score: Double
    /// Of the passage in the document's text, in UTF-8 bytes.
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
    /// May be empty, as in `MCPSearchHit`.
    public var title: String
    public var text: String
    /// May be empty, as in `MCPSearchHit`.
    public var url: String
    public var metadata: JSONObject
    /// Of `text`, not of what was uploaded.
    public var mimeType: String

    public init(
        id: String, title: String, text: String, url: String, metadata: JSONObject = [:], mimeType: String = "text/plain"
    ) {
        (self.id, self.title, self.text, self.url) = (id, title, text, url)
        (self.metadata, self.mimeType) = (metadata, mimeType)
    }
}

/// A document in a list.
public struct MCPDocumentSummary: Sendable {
    public var id: String
    /// May be empty, as in `MCPSearchHit`.
    public var title: String
    /// Of the extracted text, in UTF-8.
    public var sizeBytes: Int
    public var mimeType: String
    /// ISO 8601, UTC.
    public var updatedAt: String
    public var url: String

    public init(
        id: String, title: String, sizeBytes: Int, mimeType: String = "text/plain", updatedAt: String, url: String = ""
    ) {
        (self.id, self.title, self.sizeBytes, self.mimeType) = (id, title, sizeBytes, mimeType)
        (self.updatedAt, self.url) = (updatedAt, url)
    }
}
