public import Catalog
package import Index
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
    /// How much results are to differ from each other, `0...1`: 0 is by relevance alone. What lies outside is taken to the
    /// nearest of the two. With more than 0, scores need not descend.
    public var diversity: Float

    public static let maximumLimit = 100
    /// UTF-8 bytes of a query; the encoder reads no further than its own limit of tokens.
    public static let maximumQueryBytes = 16_384

    public init(
        query: String, limit: Int = 10, mode: SearchMode = .hybrid, filter: MetadataFilter? = nil, groupsByDocument: Bool = false,
        diversity: Float = 0
    ) {
        self.query = query
        self.limit = limit
        self.mode = mode
        self.filter = filter
        self.groupsByDocument = groupsByDocument
        self.diversity = diversity
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
    /// UTF-8 bytes of the texts and the metadata, as far as they matter for the size of a response.
    public let textBytes: Int
}

/// What a score was made of.
public struct ScoreParts: Hashable, Sendable {
    /// Cosine of query and chunk; `nil` where the mode does not use it.
    public let dense: Float?
    /// BM25 of query and chunk; 0 where no term matches; `nil` where the mode does not use it.
    public let lexical: Float?
    /// How near the query's words stand to each other, on the scale of `lexical`; a quarter of it is added to `lexical`
    /// before the mix.
    public let proximity: Float?
    /// The share of the query's words, by weight, that the chunk has; `0...1`.
    public let coverage: Float?
    /// The share that the document's title and the headings have; `0...1`. For information: the score does not use it.
    public let title: Float?
    /// The share that the dense side had in the mix for this query, `0...1`; `nil` where nothing was mixed.
    public let denseWeight: Float?

    package init(dense: Float? = nil, lexical: Float? = nil, evidence: LexicalEvidence? = nil, denseWeight: Float? = nil) {
        (self.dense, self.lexical, self.denseWeight) = (dense, lexical, denseWeight)
        (proximity, coverage, title) = (evidence?.proximity, evidence?.coverage, evidence?.title)
    }
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
