/// What a text is embedded for.
public enum EmbeddingPurpose: Sendable {
    /// Someone waits: overtakes passages in the queue.
    case query
    /// A part of a document being indexed.
    case passage
}

/// Turns texts into vectors.
public protocol Embedder: Sendable {
    var identity: ModelIdentity { get }

    /// One vector a text, in order, whatever else is being embedded. No texts give an empty batch.
    ///
    /// - Throws: `EmbeddingError`: `.tooManyTexts`, `.overloaded`, `.cancelled`, `.shuttingDown`.
    func embed(_ texts: [String], purpose: EmbeddingPurpose) async throws -> EmbeddingBatch

    /// As above, for texts that are tokens already: each from 1 to `identity.maxTokens` ids as the model takes them,
    /// with [CLS] and [SEP] where the model wants them.
    ///
    /// - Throws: as above, and `.invalidTokens`.
    func embed(tokens: [[Int32]], purpose: EmbeddingPurpose) async throws -> EmbeddingBatch
}
