public import Catalog
public import Embeddings
public import Tenancy
public import Workers

/// Extract, chunk, embed, commit: from uploaded bytes to a version in the catalog, which every index then follows.
public final class IngestPipeline: Sendable {
    let catalog: CatalogStore
    let preparation: Preparation
    private let embedder: any Embedder
    private let workers: WorkerPool
    public let meter = IngestMeter()

    /// Chunks that are embedded at a time: between two such slices other callers have their turn, and work that nobody wants
    /// any more ends.
    private static let sliceChunks = 512

    /// - Parameter workers: where extraction and chunking run.
    public init(
        catalog: CatalogStore, embedder: any Embedder, tokens: any TokenCounting, workers: WorkerPool,
        limits: ExtractLimits = ExtractLimits()
    ) {
        self.catalog = catalog
        self.embedder = embedder
        self.workers = workers
        preparation = Preparation(model: embedder.identity, tokens: tokens, limits: limits)
    }

    /// What became of each document of a batch.
    public typealias Outcome = Result<ChunkCounts, IngestFailure>

    /// Asked now and then during long work; throws where it is to end.
    public typealias Checkpoint = @Sendable () async throws -> Void

    /// Makes the documents searchable: those that can be read are committed together in one transaction, in order. Where that
    /// fails they are tried one by one, so that each fails alone.
    ///
    /// - Parameter checkpoint: whether the caller may still write: asked before each commit, and between slices of work.
    /// - Returns: an outcome for each, in the same order; successes are durable when this returns.
    /// - Throws: what ends the whole batch: a full queue, a cancelled task, a deleted tenant, what `checkpoint` throws.
    public func ingest(_ sources: [SourceDocument], in scope: TenantScope, checkpoint: @escaping Checkpoint = {}) async throws -> [Outcome]
    {
        let outcomes = try await outcomes(of: sources, in: scope, checkpoint)
        for outcome in outcomes {
            switch outcome {
            case .success(let counts): meter.add(counts)
            case .failure: meter.addFailure()
            }
        }
        return outcomes
    }

    private func outcomes(of sources: [SourceDocument], in scope: TenantScope, _ checkpoint: @escaping Checkpoint) async throws -> [Outcome]
    {
        do {
            return try await ingestTogether(sources, in: scope, checkpoint)
        } catch  where sources.count > 1 && BatchFailure.isOfOneDocument(error) {
            var outcomes: [Outcome] = []
            for source in sources { outcomes.append(try await ingestAlone(source, in: scope, checkpoint)) }
            return outcomes
        }
    }

    private func ingestAlone(_ source: SourceDocument, in scope: TenantScope, _ checkpoint: @escaping Checkpoint) async throws -> Outcome {
        do {
            return try await ingestTogether([source], in: scope, checkpoint).first ?? .failure(.notProcessed)
        } catch  where BatchFailure.isOfOneDocument(error) {
            return .failure(.notProcessed)
        }
    }

    private func ingestTogether(_ sources: [SourceDocument], in scope: TenantScope, _ checkpoint: @escaping Checkpoint) async throws
        -> [Outcome]
    {
        let prepared = try await prepare(sources, in: scope)
        let versions = try await versions(of: prepared.compactMap { try? $0.get() }, in: scope, checkpoint)
        try await checkpoint()
        var written = try await catalog.commit(versions, model: embedder.identity.tag, in: scope).makeIterator()
        return prepared.map { outcome in
            outcome.flatMap { _ in written.next().map(Outcome.success) ?? .failure(.notProcessed) }
        }
    }

    /// Reads and cuts each document on the worker threads.
    func prepare(_ sources: [SourceDocument], in scope: TenantScope) async throws -> [Result<PreparedDocument, IngestFailure>] {
        try await withThrowingTaskGroup(of: (Int, Result<PreparedDocument, IngestFailure>).self) { group in
            for (place, source) in sources.enumerated() {
                group.addTask { [preparation, workers] in
                    (place, try await workers.run(for: WorkKey(scope), .long) { _ in preparation.prepare(source) })
                }
            }
            var outcomes = [Result<PreparedDocument, IngestFailure>?](repeating: nil, count: sources.count)
            for try await (place, outcome) in group { outcomes[place] = outcome }
            return outcomes.compactMap(\.self)
        }
    }

    /// Gives every chunk its vector: taken over from the version before where the text is the same, embedded where not,
    /// all documents' chunks together. What is computed for it here is the tenant's work.
    func versions(of documents: [PreparedDocument], in scope: TenantScope, _ checkpoint: @escaping Checkpoint) async throws
        -> [DocumentVersion]
    {
        try await withTaskExecutorPreference(workers.executor(for: WorkKey(scope), .long)) {
            try await vectorized(documents, in: scope, checkpoint)
        }
    }

    private func vectorized(_ documents: [PreparedDocument], in scope: TenantScope, _ checkpoint: Checkpoint) async throws
        -> [DocumentVersion]
    {
        var reusable: [[[UInt8]: [Float]]] = []
        for document in documents {
            reusable.append(try await catalog.vectors(of: document.source.id, model: embedder.identity.tag, in: scope))
        }
        var texts: [[UInt8]: String] = [:]
        for (document, known) in zip(documents, reusable) {
            for chunk in document.chunks where known[chunk.hash] == nil { texts[chunk.hash] = chunk.embeddedText }
        }
        let vectors = try await embed(texts, in: scope, checkpoint)
        return try zip(documents, reusable).map { document, known in
            guard let version = document.version(vectors: vectors, reusable: known) else { throw IngestFailure.notProcessed }
            return version
        }
    }

    /// Whether a text that is nobody's can be embedded now.
    func canEmbed() async -> Bool {
        (try? await embedder.embed(["contextd"], purpose: .passage, caller: .anonymous)) != nil
    }

    private func embed(_ texts: [[UInt8]: String], in scope: TenantScope, _ checkpoint: Checkpoint) async throws -> [[UInt8]: [Float]] {
        let caller = EmbeddingCaller(scope.tenant.rawValue, generation: scope.generation)
        let hashes = Array(texts.keys)
        var vectors: [[UInt8]: [Float]] = [:]
        for start in stride(from: 0, to: hashes.count, by: Self.sliceChunks) {
            if start > 0 { try await checkpoint() }
            let slice = hashes[start..<min(start + Self.sliceChunks, hashes.count)]
            let batch = try await embedder.embed(slice.compactMap { texts[$0] }, purpose: .passage, caller: caller)
            for (row, hash) in slice.enumerated() { vectors[hash] = Array(batch.vector(row)) }
        }
        return vectors
    }
}

/// Tells what failed a batch: one of its documents, or something that would fail any.
enum BatchFailure {
    static func isOfOneDocument(_ error: any Error) -> Bool {
        switch error {
        case let error as EmbeddingError:
            switch error.code {
            case .tooManyTexts, .invalidTokens, .notFinite, .remoteRejected: true
            case .modelMissing, .modelInvalid, .unsupported, .overloaded, .cancelled, .shuttingDown, .remoteUnavailable, .remoteBusy,
                .remoteTimeout, .remoteInvalid:
                false
            }
        case is IngestFailure: true
        default: false
        }
    }

    /// What a document is told that fails for good.
    static func reason(_ error: any Error) -> IngestFailure {
        switch (error as? EmbeddingError)?.code {
        case .remoteRejected:
            IngestFailure(
                code: "embedding_rejected", detail: "the embedding provider refused the document's text", isRetryable: false)
        case .remoteUnavailable, .remoteBusy, .remoteTimeout, .remoteInvalid:
            IngestFailure(code: "embedding_failed", detail: "the embedding provider gives no vectors for the document's text")
        default: IngestFailure(code: "internal", detail: "the document could not be processed")
        }
    }

    /// Whether embedding itself may be out of order for now, whatever the document.
    static func isOutage(_ error: any Error) -> Bool { (error as? EmbeddingError)?.isOutage ?? false }
}
