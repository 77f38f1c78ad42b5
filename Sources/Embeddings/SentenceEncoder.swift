public import Foundation

/// A BERT sentence encoder read from a model's folder, as sentence-transformers lays it out.
///
/// The word embeddings stay mapped, and only rows that texts touch come into memory; the layers' weights are laid out for
/// the kernels once, and their mapped pages given back. The folder's files must not be overwritten while the encoder lives.
public final class SentenceEncoder: Embedder {
    /// Texts of one request.
    public static let maxTextsPerRequest = 4_096

    /// More would only wait for each other.
    public static let maxThreads = 64

    /// Bytes that the vectors of the latest queries take at most by default: some 4,000 of 384 components.
    public static let defaultQueryCacheBytes = 8 << 20

    public let identity: ModelIdentity
    public let tokenizer: WordPieceTokenizer

    private let encoder: BertEncoder
    private let prompts: Prompts
    private let service: EncoderService

    /// Reads and checks the model, and starts its threads.
    ///
    /// - Parameters:
    ///   - folder: with `config.json`, `model.safetensors`, the tokenizer's files, and what sentence-transformers adds.
    ///   - threads: for queries, and as many of lower priority for passages, each with some 10 MB of its own; brought to 1 to `maxThreads`.
    ///     The processors by default.
    ///   - precision: of the matrix products; part of the identity.
    ///   - queryCacheBytes: that the vectors of the latest queries may take; 0 to compute each query.
    /// - Throws: `.modelMissing`, `.modelInvalid`, `.unsupported`: naming file and field.
    public convenience init(
        folder: URL, threads: Int = ProcessInfo.processInfo.activeProcessorCount, precision: EmbeddingPrecision = .float32,
        queryCacheBytes: Int = defaultQueryCacheBytes
    ) throws(EmbeddingError) {
        try self.init(
            folder: folder, threads: threads, precision: precision, queryCacheBytes: queryCacheBytes,
            limits: EncodeQueue.Limits())
    }

    package init(
        folder: URL, threads: Int, precision: EmbeddingPrecision = .float32, queryCacheBytes: Int, limits: EncodeQueue.Limits
    ) throws(EmbeddingError) {
        let model = try SentenceModel(folder: folder, precision: precision)
        identity = model.identity
        tokenizer = model.tokenizer
        encoder = model.encoder
        prompts = model.prompts
        service = EncoderService(
            model.encoder, threads: min(max(threads, 1), Self.maxThreads), limits: limits, cacheBytes: queryCacheBytes)
        service.start()
    }

    deinit { service.close() }

    /// What was done since the start.
    public var statistics: EncoderStatistics { service.statistics }
    public var encoderStatistics: EncoderStatistics? { statistics }

    /// Refuses what comes from now on and fails what waits with `.shuttingDown`; a batch under way is finished but its
    /// callers are not answered otherwise. Cannot be undone.
    public func shutDown() { service.close() }

    public func embed(
        _ texts: [String], purpose: EmbeddingPurpose, caller: EmbeddingCaller = .anonymous
    ) async throws -> EmbeddingBatch {
        try Self.checkCount(texts.count)
        let prompt = prompts[purpose]
        var sequences: [[Int32]] = []
        sequences.reserveCapacity(texts.count)
        for (index, text) in texts.enumerated() {
            // A text takes some 20 µs; others get a turn between handfuls.
            if index % 64 == 63 {
                await Task.yield()
                if Task.isCancelled { throw EmbeddingError(.cancelled, "the caller's task was cancelled") }
            }
            sequences.append(tokenizer.encode(prompt.isEmpty ? text : prompt + text, maxTokens: identity.maxTokens))
        }
        return try await encode(sequences, purpose, caller)
    }

    public func embed(
        tokens: [[Int32]], purpose: EmbeddingPurpose, caller: EmbeddingCaller = .anonymous
    ) async throws -> EmbeddingBatch {
        try Self.checkCount(tokens.count)
        for sequence in tokens { try check(sequence) }
        return try await encode(tokens, purpose, caller)
    }

    private func encode(
        _ sequences: [[Int32]], _ purpose: EmbeddingPurpose, _ caller: EmbeddingCaller
    ) async throws -> EmbeddingBatch {
        let vectors = try await service.encode(sequences, purpose: purpose, caller: caller)
        return EmbeddingBatch(vectors: vectors, dimension: identity.dimension, tokenCounts: sequences.map(\.count))
    }

    private static func checkCount(_ count: Int) throws(EmbeddingError) {
        guard count <= maxTextsPerRequest else {
            throw EmbeddingError(.tooManyTexts, "\(count) texts, more than \(maxTextsPerRequest)")
        }
    }

    private func check(_ sequence: [Int32]) throws(EmbeddingError) {
        guard (1...identity.maxTokens).contains(sequence.count) else {
            throw EmbeddingError(.invalidTokens, "\(sequence.count) tokens, not 1 to \(identity.maxTokens)")
        }
        let vocabulary = Int32(clamping: encoder.sizes.vocabularySize)
        guard sequence.allSatisfy({ $0 >= 0 && $0 < vocabulary }) else {
            throw EmbeddingError(.invalidTokens, "an id outside 0..<\(vocabulary)")
        }
    }
}
