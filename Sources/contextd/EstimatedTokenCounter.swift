import Ingest
import RemoteEmbeddings

/// Lets the chunker count where the model's tokenizer is not here: an estimate from the bytes.
struct EstimatedTokenCounter: TokenCounting {
    func tokenCount(_ text: Substring) -> Int { TokenEstimate.tokens(text.utf8) }
}
