import Embeddings
import Extraction

/// A token counter for the chunker that uses the model's tokenizer.
struct WordPieceCounter: TokenCounting {
    let tokenizer: WordPieceTokenizer

    func tokenCount(_ text: Substring) -> Int { tokenizer.tokenCount(text) }
}
