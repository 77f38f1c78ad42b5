import Accounting
import Catalog
import Embeddings
import Extraction
import Foundation
import Ingest
import Logging
import Originals
import Retrieval
import Scheduling
import Tenancy
import Workers

/// The components that work on a data directory, opened by the process that owns it.
struct Runtime {
    let lock: DataDirectoryLock
    let catalog: CatalogStore
    let embedder: MeteredEmbedder
    let indexes: IndexRegistry
    let retriever: Retriever
    let pipeline: IngestPipeline
    /// The processes that read documents. They start with the first document.
    let extraction: ExtractionPool
    let workers: WorkerPool
    let usage: UsageLedger
    let logger: Logger
    private let embedding: EmbeddingService

    /// - Throws: an error if another process owns the directory, the model cannot be loaded or reached, or the directory holds vectors
    ///   of another model.
    init(
        directory: DataDirectory, catalogFile: URL, settings: RuntimeSettings, limits: ExtractLimits = ExtractLimits(),
        logger: Logger
    ) async throws {
        try directory.create(report: logger.notices)
        let lock = try DataDirectoryLock(directory)
        // One pool for all work that reads a tenant's rows or computes for it, so that its fair queue covers all tenants and all work.
        let workers = WorkerPool(name: "worker", threads: ProcessInfo.processInfo.activeProcessorCount, queueLimit: 4096)
        let catalog = try CatalogStore(
            file: catalogFile, workers: workers, storage: settings.storageLimits(catalog: catalogFile), report: logger.notices)
        catalog.keepLogShort()
        do {
            try await self.init(lock, catalog, directory: directory, settings: settings, limits: limits, logger: logger)
        } catch {
            try? catalog.close()
            throw error
        }
    }

    private init(
        _ lock: DataDirectoryLock, _ catalog: CatalogStore, directory: DataDirectory, settings: RuntimeSettings, limits: ExtractLimits,
        logger: Logger
    ) async throws {
        (self.lock, self.catalog, self.logger) = (lock, catalog, logger)
        workers = catalog.workers
        let tags = try await catalog.modelsInUse()
        embedding = try await EmbeddingService(settings.embedding, beside: tags)
        embedder = MeteredEmbedder(embedding.embedder)
        let tag = embedder.identity.tag
        if let other = tags.first(where: { $0 != tag }) {
            throw CommandFailure(
                "\(directory.url.path) was embedded with \(other), but the current model is \(tag); use the former or another --data-dir")
        }
        indexes = IndexRegistry(
            catalog: catalog, directory: directory, model: tag, dimension: embedder.identity.dimension,
            memoryBudget: settings.indexMemory, logger: logger)
        retriever = Retriever(
            catalog: catalog, indexes: indexes, embedder: embedder, workers: workers, passageCacheBytes: settings.passageCache)
        extraction = ExtractionPool(
            settings: ExtractSettings.settings(settings.configuration, maximumDocumentBytes: limits.maxBytes), logger: logger)
        pipeline = IngestPipeline(
            catalog: catalog, embedder: embedder, tokens: embedding.tokens, workers: workers, extraction: extraction, limits: limits,
            originals: OriginalKeeper(
                catalog: catalog, store: FileOriginalStore(folder: directory.originals, workers: workers),
                keepsNew: settings.keepsOriginals, logger: logger))
        usage = try await UsageLedger.open(catalog, logger: logger)
        try await indexes.sweep()
        if catalog.storageStatus != .readOnly { await pipeline.originals?.sweep() }
    }

    /// Stops usage accounting, writes index snapshots, closes connections and the catalog, whose file is then complete, and releases
    /// the directory lock. The runtime must not be used after this call.
    func close() async {
        await usage.stop()
        await indexes.stop()
        await embedding.close()
        do { try catalog.close() } catch { logger.error("closing the catalog failed", metadata: ["error": "\(error)"]) }
        withExtendedLifetime(lock) {}
    }

    /// Runs `body` and closes the runtime, even if `body` throws. If the user interrupts the command, only the catalog is closed.
    func closing<Value>(_ body: (Runtime) async throws -> Value) async throws -> Value {
        let interruption = Console.current.isProcess ? Interruption { [catalog] in try? catalog.close() } : nil
        return try await withCleanup {
            try await body(self)
        } cleanUp: {
            interruption?.end()
            await close()
        }
    }
}
