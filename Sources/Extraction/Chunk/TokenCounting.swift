/// A counter of tokens as the embedding model's tokenizer produces them, without special tokens.
public protocol TokenCounting: Sendable {
    /// Returns the number of tokens in `text`, in linear time; 0 for white space, never negative.
    func tokenCount(_ text: Substring) -> Int
}
