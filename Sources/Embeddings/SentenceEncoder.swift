public import Foundation

/// A BERT sentence encoder, loaded from a model folder in the layout of sentence-transformers.
///
/// In float32, word embeddings stay memory-mapped, and only rows that texts use are loaded; the layers' weights are packed for
/// the kernels once, and their mapped pages released. The folder's files must not be overwritten while the encoder exists; if the
/// weights are truncated, `embed` throws `.modelInvalid`.
public final class SentenceEncoder: Embedder {
    /// Maximum number of texts in one request.
    public static let maxTextsPerRequest = 4_096

    /// Maximum value of `threads`; more threads would only wait for each other.
    public static let maxThreads = 64

    /// Default maximum size of the query vector cache, in bytes: some 4,000 vectors of 384 components.
    public static let defaultQueryCacheBytes = 8 << 20

    public let identity: ModelIdentity
    public let tokenizer: WordPieceTokenizer

    private let encoder: BertEncoder
    private let prompts: Prompts
    private let service: EncoderService

    /// Loads and validates the model, and starts the encoder's threads.
    ///
    /// - Parameters:
    ///   - folder: the model folder, with `config.json`, `model.safetensors`, the tokenizer's files, and those of sentence-transformers.
    ///   - threads: number of threads for queries, clamped to 1 to `maxThreads`; by default, the number of active processors. As many
    ///     threads of lower priority run for passages. Each thread uses some 10 MB of memory.
    ///   - precision: precision of the matrix products; part of the identity.
    ///   - queryCacheBytes: maximum size of the query vector cache, in bytes; 0 disables the cache.
    /// - Throws: `.modelMissing`, `.modelInvalid` or `.unsupported`, naming the file and the field.
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

    /// Statistics since the start.
    public var statistics: EncoderStatistics { service.statistics }
    public var encoderStatistics: EncoderStatistics? { statistics }

    /// Rejects new requests and fails waiting ones with `.shuttingDown`. A batch in progress is completed, but its callers get
    /// `.shuttingDown` too. Cannot be undone.
    public func shutDown() { service.close() }

    public func embed(
        _ texts: [String], purpose: EmbeddingPurpose, caller: EmbeddingCaller = .anonymous
    ) async throws -> EmbeddingBatch {
        try Self.checkCount(texts.count)
        let prompt = prompts[purpose]
        var sequences: [[Int32]] = []
        sequences.reserveCapacity(texts.count)
        for (index, text) in texts.enumerated() {
            // Tokenizing takes some 20 µs per text: yields to other tasks every 64 texts.
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
            throw EmbeddingError(.tooManyTexts, "a request must have at most \(maxTextsPerRequest) texts, got \(count)")
        }
    }

    private func check(_ sequence: [Int32]) throws(EmbeddingError) {
        guard (1...identity.maxTokens).contains(sequence.count) else {
            throw EmbeddingError(.invalidTokens, "a sequence must have between 1 and \(identity.maxTokens) tokens, got \(sequence.count)")
        }
        let vocabulary = Int32(clamping: encoder.sizes.vocabularySize)
        guard sequence.allSatisfy({ $0 >= 0 && $0 < vocabulary }) else {
            throw EmbeddingError(.invalidTokens, "token ids must be between 0 and \(vocabulary - 1)")
        }
    }
}
