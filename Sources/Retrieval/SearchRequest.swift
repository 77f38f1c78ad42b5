public import Catalog
package import Index
public import JSON
public import Tenancy

/// The method by which a search finds its candidates.
public enum SearchMode: String, CaseIterable, Sendable {
    case hybrid, dense, lexical
}

/// A search request. A plain value; it is validated by the search.
public struct SearchRequest: Sendable {
    public var query: String
    /// Maximum number of results, `1...SearchRequest.maximumLimit`.
    public var limit: Int
    public var mode: SearchMode
    public var filter: MetadataFilter?
    /// Whether to return each document once, with its best chunk.
    public var groupsByDocument: Bool
    /// Strength of the diversity reranking, `0...1`: 0 ranks by relevance alone. Values outside are clamped. Above 0, scores may not
    /// descend.
    public var diversity: Float

    public static let maximumLimit = 100
    /// Maximum length of a query or a question in every API, in UTF-8 bytes; the encoder truncates it at its own token limit.
    public static let maximumQueryBytes = 16_384

    /// Checks the text of a query or a question.
    ///
    /// - Parameter path: the path of its field, for the error.
    /// - Throws: an error if the text is too long or blank.
    package static func check(query text: String, at path: String = "query") throws(JSONFieldError) {
        guard text.utf8.count <= maximumQueryBytes else {
            throw JSONFieldError(path: path, reason: "must have at most \(maximumQueryBytes) bytes")
        }
        guard text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
            throw JSONFieldError(path: path, reason: "must not be blank")
        }
    }

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

/// A chunk found by a search, with everything needed to cite it.
public struct SearchResult: Sendable {
    public let document: DocumentID
    /// ID of the chunk within its tenant; it changes when the document is replaced.
    public let chunkID: String
    public let title: String?
    public let url: String?
    public let text: String
    /// Score; larger is better. A cosine for `dense`, BM25 for `lexical`, a mix in `0...1` for `hybrid`.
    public let score: Float
    public let parts: ScoreParts
    /// Range of UTF-8 bytes in the document's extracted text.
    public let span: Range<Int>
    public let headings: [String]
    public let metadata: JSONObject
    /// Approximate size of text and metadata in UTF-8 bytes, for limits on the response size.
    public let textBytes: Int
}

/// The components of a score.
public struct ScoreParts: Hashable, Sendable {
    /// Cosine of query and chunk; `nil` where the mode does not use it.
    public let dense: Float?
    /// BM25 of query and chunk; 0 where no term matches; `nil` where the mode does not use it.
    public let lexical: Float?
    /// Proximity of the query's terms in the chunk, on the scale of `lexical`; a quarter of it is added to `lexical` before the mix.
    public let proximity: Float?
    /// Weighted share of the query's terms in the chunk; `0...1`.
    public let coverage: Float?
    /// Weighted share of the query's terms in title and headings; `0...1`. Informational: the score does not use it.
    public let title: Float?
    /// Weight of the dense side for this query, `0...1`; `nil` where nothing was mixed.
    public let denseWeight: Float?
    /// The plan of the query's dense search, the first one of a grouped search; `nil` where the mode does not use it.
    package let densePlan: DensePlan?

    package init(
        dense: Float? = nil, lexical: Float? = nil, evidence: LexicalEvidence? = nil, denseWeight: Float? = nil,
        densePlan: DensePlan? = nil
    ) {
        (self.dense, self.lexical, self.denseWeight, self.densePlan) = (dense, lexical, denseWeight, densePlan)
        (proximity, coverage, title) = (evidence?.proximity, evidence?.coverage, evidence?.title)
    }
}

/// The reason why a search could not complete.
public struct RetrievalError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case changing  // documents changed faster than a search could read them
    }
    public let code: Code
    public let detail: String

    public var description: String { detail }
}
