public import Catalog
public import Embeddings
public import Extraction
public import Scheduling
public import Tenancy
public import Workers

/// The ingest pipeline: extracts, chunks and embeds uploaded bytes and commits a version to the catalog, from which indexes update.
public final class IngestPipeline: Sendable {
    let catalog: CatalogStore
    let preparation: Preparation
    private let embedder: any Embedder
    private let workers: WorkerPool
    public let meter = IngestMeter()
    /// Keeps the uploaded files; `nil` if there is no store for them.
    public let originals: OriginalKeeper?

    /// Number of chunks embedded per request. Between requests, other callers can run, and the checkpoint can stop work that is
    /// no longer needed.
    private static let sliceChunks = 512

    /// - Parameters:
    ///   - workers: the threads that run chunking, and the extraction of text.
    ///   - extraction: the reader of other formats; by default one on `workers`, which suits input that is trusted.
    ///   - originals: the keeper of uploaded files; `nil` to keep none.
    public init(
        catalog: CatalogStore, embedder: any Embedder, tokens: any TokenCounting, workers: WorkerPool,
        extraction: (any DocumentExtracting)? = nil, limits: ExtractLimits = ExtractLimits(), originals: OriginalKeeper? = nil
    ) {
        (self.catalog, self.embedder, self.workers, self.originals) = (catalog, embedder, workers, originals)
        preparation = Preparation(
            model: embedder.identity, tokens: tokens, limits: limits, extraction: extraction ?? InProcessReader(workers: workers),
            workers: workers)
    }

    /// The outcome for one document of a batch.
    public typealias Outcome = Result<ChunkCounts, IngestFailure>

    /// A function called periodically during long work, which throws to stop the work.
    public typealias Checkpoint = @Sendable () async throws -> Void

    /// Ingests documents: commits all readable ones in one transaction, in order. If a document makes the batch fail, ingests the
    /// documents one by one, so that each fails alone.
    ///
    /// - Parameter checkpoint: throws if the caller may no longer write; called before each commit and between embedding requests.
    /// - Returns: an outcome for each document, in the same order; successes are durable when this returns.
    /// - Throws: errors that end the whole batch: a full queue, a cancelled task, a deleted tenant, or an error of `checkpoint`.
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
        let readable = prepared.compactMap { try? $0.get() }
        let counts = try await keepingOriginals(of: readable, in: scope) { [self] originals in
            let versions = try await versions(of: readable, originals, in: scope, checkpoint)
            try await checkpoint()
            return try await catalog.commit(versions, model: embedder.identity.tag, in: scope)
        }
        var written = counts.makeIterator()
        return prepared.map { outcome in
            outcome.flatMap { _ in written.next().map(Outcome.success) ?? .failure(.notProcessed) }
        }
    }

    /// Extracts and chunks the documents, as many at the same time as the fair queues allow.
    func prepare(_ sources: [SourceDocument], in scope: TenantScope) async throws -> [Result<PreparedDocument, IngestFailure>] {
        try await withThrowingTaskGroup(of: (Int, Result<PreparedDocument, IngestFailure>).self) { group in
            for (place, source) in sources.enumerated() {
                group.addTask { [preparation] in (place, try await preparation.prepare(source, for: WorkKey(scope))) }
            }
            var outcomes = [Result<PreparedDocument, IngestFailure>?](repeating: nil, count: sources.count)
            for try await (place, outcome) in group { outcomes[place] = outcome }
            return outcomes.compactMap(\.self)
        }
    }

    /// Stores the uploaded files of the documents, and keeps them while `body` commits the versions that refer to them.
    func keepingOriginals<Value: Sendable>(
        of documents: [PreparedDocument], in scope: TenantScope, _ body: @Sendable ([OriginalRecord?]) async throws -> Value
    ) async throws -> Value {
        guard let originals else { return try await body(documents.map { _ in nil }) }
        return try await originals.keeping(documents.map(\.source), in: scope, body)
    }

    /// Returns the documents with a vector for each chunk: reused from the previous version if the text is unchanged, else embedded,
    /// with the chunks of all documents together. The computation runs as work of the tenant.
    ///
    /// - Parameter originals: the uploaded file of each document, if it is kept.
    func versions(
        of documents: [PreparedDocument], _ originals: [OriginalRecord?], in scope: TenantScope, _ checkpoint: @escaping Checkpoint
    ) async throws -> [DocumentVersion] {
        try await withTaskExecutorPreference(workers.executor(for: WorkKey(scope), .long)) {
            try await vectorized(documents, originals, in: scope, checkpoint)
        }
    }

    private func vectorized(
        _ documents: [PreparedDocument], _ originals: [OriginalRecord?], in scope: TenantScope, _ checkpoint: Checkpoint
    ) async throws -> [DocumentVersion] {
        var reusable: [[[UInt8]: [Float]]] = []
        for document in documents {
            reusable.append(try await catalog.vectors(of: document.source.id, model: embedder.identity.tag, in: scope))
        }
        var texts: [[UInt8]: String] = [:]
        for (document, known) in zip(documents, reusable) {
            for chunk in document.chunks where known[chunk.hash] == nil { texts[chunk.hash] = chunk.embeddedText }
        }
        let vectors = try await embed(texts, in: scope, checkpoint)
        return try zip(zip(documents, originals), reusable).map { source, known in
            let (document, original) = source
            guard let version = document.version(vectors: vectors, reusable: known, original: original) else {
                throw IngestFailure.notProcessed
            }
            return version
        }
    }

    /// Returns whether a test text, which belongs to no tenant, can be embedded now.
    func canEmbed() async -> Bool {
        (try? await embedder.embed(["contextd"], purpose: .passage, caller: .anonymous)) != nil
    }

    private func embed(_ texts: [[UInt8]: String], in scope: TenantScope, _ checkpoint: Checkpoint) async throws -> [[UInt8]: [Float]] {
        let caller = EmbeddingCaller(scope.tenant.rawValue, incarnation: scope.incarnation)
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

/// A classification of batch errors: caused by one document, or by a condition that affects all documents.
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

    /// Returns the failure to report for a document that finally fails.
    static func reason(_ error: any Error) -> IngestFailure {
        switch (error as? EmbeddingError)?.code {
        case .remoteRejected:
            IngestFailure(
                code: "embedding_rejected", detail: "the embedding provider rejected the document's text", isRetryable: false)
        case .remoteUnavailable, .remoteBusy, .remoteTimeout, .remoteInvalid:
            IngestFailure(code: "embedding_failed", detail: "the embedding provider returned no vectors for the document's text")
        default: IngestFailure(code: "internal", detail: "the document could not be processed")
        }
    }

    /// Returns whether the error may mean that embedding is temporarily unavailable for all documents.
    static func isOutage(_ error: any Error) -> Bool { (error as? EmbeddingError)?.isOutage ?? false }
}
