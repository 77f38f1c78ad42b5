import Catalog
import Citing
import Tenancy

/// A request for context: a search, and the token budget for its results.
public struct ContextRequest: Sendable {
    public var search: SearchRequest
    /// Maximum number of tokens of all sources together, tags included. An estimate: see `ContextBudget`.
    public var maximumTokens: Int

    public static let tokenRange = 64...1_000_000

    public init(search: SearchRequest, maximumTokens: Int = 4096) {
        (self.search, self.maximumTokens) = (search, maximumTokens)
    }
}

/// A token budget for a prompt whose tokenizer is not available.
///
/// Three bytes count as one token: English has four to five bytes per token, German about four, Chinese and Japanese at most three per
/// character. Passages within the budget therefore fit; dense code or numbers may exceed it slightly.
struct ContextBudget {
    private static let bytesPerToken = 3
    /// Bytes reserved for the tags around a source.
    private static let tagBytes = 96

    private var bytesLeft: Int

    init(tokens: Int) {
        let (bytes, overflowed) = max(0, tokens).multipliedReportingOverflow(by: Self.bytesPerToken)
        bytesLeft = overflowed ? .max : bytes
    }

    /// Takes the passage if it fits whole; returns whether it did.
    mutating func take(_ result: SearchResult) -> Bool {
        let (chunk, document) = (result.chunk, result.document)
        let texts = [chunk.text, document.title ?? "", document.url ?? "", document.id.rawValue] + chunk.headings
        let bytes = texts.reduce(Self.tagBytes) { $0 + $1.utf8.count }
        guard bytes <= bytesLeft else { return false }
        bytesLeft -= bytes
        return true
    }
}
