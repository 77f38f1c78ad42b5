/// The purpose of an embedding. It selects the model's prompt and the priority in the queue.
public enum EmbeddingPurpose: Sendable, CaseIterable {
    /// A search query; queries have priority over passages in the queue.
    case query
    /// A part of a document being indexed; has a lower priority than queries.
    case passage
    /// Purpose unknown. Uses the model's default prompt, if it has one; a short request has the priority of a query.
    case plain
}

/// A type that computes embedding vectors of texts.
public protocol Embedder: Sendable {
    var identity: ModelIdentity { get }
    /// Statistics of the local encoder; `nil` if the model runs remotely.
    var encoderStatistics: EncoderStatistics? { get }

    /// Embeds texts: returns one vector per text, in the same order, independent of concurrent requests. No texts give an empty batch.
    ///
    /// - Parameter caller: the caller that the request is made for; the queue is fair between callers and limits each of them.
    /// - Throws: `EmbeddingError`: `.tooManyTexts`, `.overloaded`, `.cancelled`, `.shuttingDown`.
    func embed(_ texts: [String], purpose: EmbeddingPurpose, caller: EmbeddingCaller) async throws -> EmbeddingBatch

    /// Embeds token sequences, each of 1 to `identity.maxTokens` ids. The model reads the ids unchanged: they must include [CLS] and
    /// [SEP] if the model needs them, and the prompt, which is not added to ids.
    ///
    /// - Throws: the errors of `embed(_:purpose:caller:)`, and `.invalidTokens`.
    func embed(tokens: [[Int32]], purpose: EmbeddingPurpose, caller: EmbeddingCaller) async throws -> EmbeddingBatch
}

extension Embedder {
    public var encoderStatistics: EncoderStatistics? { nil }
}
