public import Catalog
package import JSON

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
        (self.query, self.limit, self.mode, self.filter) = (query, limit, mode, filter)
        (self.groupsByDocument, self.diversity) = (groupsByDocument, diversity)
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
