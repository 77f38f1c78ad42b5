import Extraction
import RemoteEmbeddings

/// A token counter for the chunker that estimates from the bytes, for models whose tokenizer is not available.
struct EstimatedTokenCounter: TokenCounting {
    func tokenCount(_ text: Substring) -> Int { TokenEstimate.tokens(text.utf8) }
}
