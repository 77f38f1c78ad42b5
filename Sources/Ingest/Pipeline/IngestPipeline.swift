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

    /// Makes the documents searchable: those that can be read are committed together in one transaction, in order.
    ///
    /// - Returns: an outcome for each, in the same order; successes are durable when this returns.
    /// - Throws: what concerns the whole batch (a deleted tenant, a full queue, a cancelled task); then nothing was written.
    public func ingest(_ sources: [SourceDocument], in scope: TenantScope) async throws -> [Outcome] {
        let prepared = try await prepare(sources)
        let documents = prepared.compactMap { try? $0.get() }
        let versions = try await versions(of: documents, in: scope)
        var written = try await catalog.commit(versions, model: embedder.identity.tag, in: scope).makeIterator()
        return prepared.map { outcome in
            outcome.flatMap { _ in
                written.next().map(Outcome.success) ?? .failure(IngestFailure(code: "internal", detail: "the document was not written"))
            }
        }
    }

    /// Reads and cuts each document on the worker threads.
    func prepare(_ sources: [SourceDocument]) async throws -> [Result<PreparedDocument, IngestFailure>] {
        try await withThrowingTaskGroup(of: (Int, Result<PreparedDocument, IngestFailure>).self) { group in
            for (place, source) in sources.enumerated() {
                group.addTask { [preparation, workers] in (place, try await workers.run { preparation.prepare(source) }) }
            }
            var outcomes = [Result<PreparedDocument, IngestFailure>?](repeating: nil, count: sources.count)
            for try await (place, outcome) in group { outcomes[place] = outcome }
            return outcomes.compactMap(\.self)
        }
    }

    /// Gives every chunk its vector: taken over from the version before where the text is the same, embedded where not,
    /// all documents' chunks together.
    func versions(of documents: [PreparedDocument], in scope: TenantScope) async throws -> [DocumentVersion] {
        var reusable: [[[UInt8]: [Float]]] = []
        for document in documents {
            reusable.append(try await catalog.vectors(of: document.source.id, model: embedder.identity.tag, in: scope))
        }
        var texts: [[UInt8]: String] = [:]
        for (document, known) in zip(documents, reusable) {
            for chunk in document.chunks where known[chunk.hash] == nil { texts[chunk.hash] = chunk.embeddedText }
        }
        let vectors = try await embed(texts)
        return try zip(documents, reusable).map { document, known in
            guard let version = document.version(vectors: vectors, reusable: known) else {
                throw IngestFailure(code: "internal", detail: "a chunk came back without a vector")
            }
            return version
        }
    }

    private func embed(_ texts: [[UInt8]: String]) async throws -> [[UInt8]: [Float]] {
        guard !texts.isEmpty else { return [:] }
        let hashes = Array(texts.keys)
        let batch = try await embedder.embed(hashes.compactMap { texts[$0] }, purpose: .passage)
        return Dictionary(uniqueKeysWithValues: hashes.indices.map { (hashes[$0], Array(batch.vector($0))) })
    }
}
