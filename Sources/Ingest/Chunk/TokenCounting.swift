/// Counts tokens as the embedding model's tokenizer would, without the special ones.
public protocol TokenCounting: Sendable {
    /// Linear in `text`; 0 for white space; never negative.
    func tokenCount(_ text: Substring) -> Int
}
