public import Catalog
public import JSON
public import Tenancy

/// How a search finds its candidates.
public enum SearchMode: String, CaseIterable, Sendable {
    case hybrid, dense, lexical
}

/// What to look for. A plain value; it is checked where it is used.
public struct SearchRequest: Sendable {
    public var query: String
    /// Results wanted, `1...SearchRequest.maximumLimit`.
    public var limit: Int
    public var mode: SearchMode
    public var filter: MetadataFilter?
    /// Give each document once, with its best chunk.
    public var groupsByDocument: Bool

    public static let maximumLimit = 100
    /// UTF-8 bytes of a query; the encoder reads no further than its own limit of tokens.
    public static let maximumQueryBytes = 16_384

    public init(
        query: String, limit: Int = 10, mode: SearchMode = .hybrid, filter: MetadataFilter? = nil, groupsByDocument: Bool = false
    ) {
        self.query = query
        self.limit = limit
        self.mode = mode
        self.filter = filter
        self.groupsByDocument = groupsByDocument
    }
}

/// A chunk found, with all that is needed to cite it.
public struct SearchResult: Sendable {
    public let document: DocumentID
    /// Name of the chunk within its tenant; another one after the document was replaced.
    public let chunkID: String
    public let title: String?
    public let url: String?
    public let text: String
    /// Larger is better. A cosine for `dense`, BM25 for `lexical`, a mix in `0...1` for `hybrid`.
    public let score: Float
    public let parts: ScoreParts
    /// UTF-8 bytes of the document's extracted text.
    public let span: Range<Int>
    public let headings: [String]
    public let metadata: JSONObject
}

/// What a score was made of.
public struct ScoreParts: Hashable, Sendable {
    /// Cosine of query and chunk; `nil` where the mode does not use it.
    public let dense: Float?
    /// BM25 of query and chunk; 0 where no term matches; `nil` where the mode does not use it.
    public let lexical: Float?
}

/// What a search refuses.
public struct RetrievalError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case blankQuery, queryTooLong, limitOutOfRange
        case changing  // documents changed faster than a search could read them
    }
    public let code: Code
    public let detail: String

    public var description: String { detail }
}
