public import Accounting
public import Answers
public import Catalog
public import Completions
public import Embeddings
public import Ingest
public import Logging
public import Retrieval
public import Workers

/// The services that the routes use, created once at the start.
public struct ServerServices: Sendable {
    public let catalog: CatalogStore
    public let embedder: any Embedder
    public let embeddings: EmbedderMeter
    public let indexes: IndexRegistry
    public let retriever: Retriever
    public let pipeline: IngestPipeline
    public let jobs: JobQueue
    public let usage: UsageLedger
    public let chat: ChatService
    public let answers: AnswerCache?
    /// The processes that read documents; `nil` if none do.
    public let extraction: ExtractionPool?
    public let logger: Logger

    public init(
        catalog: CatalogStore, embedder: MeteredEmbedder, indexes: IndexRegistry, retriever: Retriever, pipeline: IngestPipeline,
        jobs: JobQueue, usage: UsageLedger, models: ChatModels = ChatModels(), retrieval: RetrievalPolicy = RetrievalPolicy(),
        answers: AnswerCache? = nil, extraction: ExtractionPool? = nil, logger: Logger
    ) {
        (self.catalog, self.embedder, embeddings, self.indexes) = (catalog, embedder, embedder.meter, indexes)
        (self.retriever, self.pipeline, self.jobs, self.usage) = (retriever, pipeline, jobs, usage)
        (self.answers, self.extraction, self.logger) = (answers, extraction, logger)
        chat = ChatService(
            models: models, retrieval: retrieval, cache: answers, catalog: catalog, retriever: retriever, embedder: embedder, usage: usage)
    }
}
