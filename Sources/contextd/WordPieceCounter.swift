import Embeddings
import Ingest

/// Lets the chunker count as the model does.
struct WordPieceCounter: TokenCounting {
    let tokenizer: WordPieceTokenizer

    func tokenCount(_ text: Substring) -> Int { tokenizer.tokenCount(text) }
}
