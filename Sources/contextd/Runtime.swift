@_spi(ScopeMinting) import Catalog
import Embeddings
import Foundation
import Ingest
import Logging
import Retrieval
import Tenancy
import Workers

/// Everything that works on a data directory, opened by the process that owns it.
struct Runtime {
    let lock: DataDirectoryLock
    let catalog: CatalogStore
    let encoder: SentenceEncoder
    let collections: Collections
    let retriever: Retriever
    let pipeline: IngestPipeline

    /// - Throws: where another process owns the directory, the model cannot be loaded, or the directory holds vectors of
    ///   another model.
    init(
        directory: DataDirectory, catalogFile: URL, model: URL, limits: ExtractLimits = ExtractLimits(), logger: Logger
    ) async throws {
        try directory.create()
        lock = try DataDirectoryLock(directory)
        catalog = try CatalogStore(file: catalogFile)
        encoder = try SentenceEncoder(folder: model)
        let tag = encoder.identity.tag
        if let other = try await catalog.modelsInUse().first(where: { $0 != tag }) {
            throw CommandFailure(
                "\(directory.url.path) was embedded with \(other), and this model is \(tag): use that model, or another --data-dir")
        }
        let workers = WorkerPool(name: "worker", threads: ProcessInfo.processInfo.activeProcessorCount, queueLimit: 4096)
        collections = Collections(
            catalog: catalog, directory: directory, model: tag, dimension: encoder.identity.dimension, logger: logger)
        retriever = Retriever(catalog: catalog, collections: collections, embedder: encoder, workers: workers)
        pipeline = IngestPipeline(
            catalog: catalog, embedder: encoder, tokens: WordPieceCounter(tokenizer: encoder.tokenizer), workers: workers,
            limits: limits)
        try await collections.sweep()
    }

    /// The operator's scope: whoever may read the data directory may act for its tenants.
    ///
    /// - Throws: where there is no such tenant.
    func scope(of tenant: TenantID) async throws -> TenantScope {
        guard let scope = try await catalog.scope(of: tenant) else {
            throw CommandFailure("there is no tenant \(tenant); make it with `contextd tenant create \(tenant)`")
        }
        return scope
    }
}
