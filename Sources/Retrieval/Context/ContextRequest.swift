import Tenancy

/// What context is wanted: a search, and how much of what it finds.
public struct ContextRequest: Sendable {
    public var search: SearchRequest
    /// Tokens that all sources together may take, what is said about them included. By estimate: see `ContextBudget`.
    public var maximumTokens: Int

    public static let tokenRange = 64...1_000_000

    public init(search: SearchRequest, maximumTokens: Int = 4096) {
        (self.search, self.maximumTokens) = (search, maximumTokens)
    }
}

/// How many passages fit into a prompt whose tokenizer is not here.
///
/// Three bytes count as one token: English has four to five bytes in each, German about four, Chinese and Japanese three at most in
/// each character. What is cut to fit so does fit, if for dense code or numbers only nearly.
struct ContextBudget {
    private static let bytesPerToken = 3
    /// For the tags around a source.
    private static let tagBytes = 96

    private var bytesLeft: Int

    init(tokens: Int) {
        let (bytes, overflowed) = max(0, tokens).multipliedReportingOverflow(by: Self.bytesPerToken)
        bytesLeft = overflowed ? .max : bytes
    }

    /// Takes a passage if it fits whole.
    mutating func take(_ result: SearchResult) -> Bool {
        let texts = [result.text, result.title ?? "", result.url ?? "", result.document.rawValue] + result.headings
        let bytes = texts.reduce(Self.tagBytes) { $0 + $1.utf8.count }
        guard bytes <= bytesLeft else { return false }
        bytesLeft -= bytes
        return true
    }
}
