/// What a text is embedded for. It chooses the prompt that the model wants before the text, and who goes first.
public enum EmbeddingPurpose: Sendable, CaseIterable {
    /// A question to search with: overtakes passages in the queue.
    case query
    /// A part of a document being indexed: waits for queries.
    case passage
    /// Neither is known. The model's default prompt, where it has one; goes with the queries while it is short.
    case plain
}

/// Turns texts into vectors.
public protocol Embedder: Sendable {
    var identity: ModelIdentity { get }
    /// What the encoder does, where it is here; `nil` of one that is elsewhere.
    var encoderStatistics: EncoderStatistics? { get }

    /// One vector a text, in order, whatever else is being embedded. No texts give an empty batch.
    ///
    /// - Parameter caller: on whose behalf: whose turn it is, whose share of the queue is used.
    /// - Throws: `EmbeddingError`: `.tooManyTexts`, `.overloaded`, `.cancelled`, `.shuttingDown`.
    func embed(_ texts: [String], purpose: EmbeddingPurpose, caller: EmbeddingCaller) async throws -> EmbeddingBatch

    /// As above, for texts that are tokens already: each from 1 to `identity.maxTokens` ids as the model takes them,
    /// with [CLS] and [SEP] where the model wants them, and with the prompt, which is not put before ids.
    ///
    /// - Throws: as above, and `.invalidTokens`.
    func embed(tokens: [[Int32]], purpose: EmbeddingPurpose, caller: EmbeddingCaller) async throws -> EmbeddingBatch
}

extension Embedder {
    public var encoderStatistics: EncoderStatistics? { nil }
}
