public import Accounting
public import Catalog
public import Completions
public import Embeddings
import Extraction
public import Retrieval
import Scheduling
public import Telemetry
public import Tenancy

/// Answers a tenant's questions with context from the read path and an answer from a model. It does not depend on HTTP; the server and the
/// command line share it.
public struct ChatService: Sendable {
    /// The configured models, then the built-in one.
    public let models: ChatModels
    private let retrieval: RetrievalPolicy
    let catalog: CatalogStore
    let assembler: ContextAssembler
    private let cache: AnswerCache?
    let usage: UsageLedger
    public let cacheUse = CountTable(CacheUse.allCases)

    /// - Parameter cache: a running response cache; `nil` disables caching and request coalescing.
    public init(
        models: ChatModels, retrieval: RetrievalPolicy = RetrievalPolicy(), cache: AnswerCache? = nil, catalog: CatalogStore,
        retriever: Retriever, embedder: any Embedder, usage: UsageLedger
    ) {
        (self.retrieval, self.catalog, self.cache, self.usage) = (retrieval, catalog, cache, usage)
        self.models = models.appending(
            .extractive(SentenceRanker(embedder: embedder) { SentenceBoundaries.sentences($0, $1) }, workers: catalog.workers))
        assembler = ContextAssembler(retriever: retriever, catalog: catalog)
    }

    /// Returns the tenant's defaults for calls.
    package func defaults(in scope: TenantScope) -> CallDefaults {
        CallDefaults(tenant: scope.tenant.rawValue, models: models, retrieval: retrieval)
    }

    /// Returns a question without a conversation, with the tenant's retrieval defaults.
    public func call(_ question: String, model: String?, in scope: TenantScope) -> ChatCall {
        ChatCall(question: question, model: model, retrieval: defaults(in: scope).retrieval)
    }

    /// Checks a call without answering it, which costs nothing.
    ///
    /// - Throws: `Failure` if the tenant has no such model, or the model cannot answer the call.
    package func check(_ call: ChatCall, for caller: Caller) throws {
        _ = try AnswerRequest.fitted(call, in: caller.scope, of: self)
    }

    /// Starts an answer.
    ///
    /// - Parameter executor: runs the generation of an answer that other requests may share.
    /// - Throws: `Failure`, `AccountingError`, `CompletionError`, and what the read path throws.
    public func answer(_ call: ChatCall, for caller: Caller, on executor: (any TaskExecutor)? = nil) async throws -> ChatTurn {
        let request = try await AnswerRequest(call, for: caller, of: self)
        guard let cache, call.isCacheable else {
            cacheUse.add(to: .bypassed)
            return try await request.turn()
        }
        let turn = try await request.turn(sharedBy: cache, on: executor)
        cacheUse.add(to: CacheUse(turn.origin))
        return turn
    }
}

extension ChatModels.Model {
    /// The built-in model, which selects sentences with the encoder and generates no text.
    static func extractive(_ ranker: SentenceRanker, workers: WorkerPool) -> ChatModels.Model {
        let provider = ExtractiveModel { question, sources, caller in
            let work = WorkKey(caller.name)
            let caller = EmbeddingCaller(caller.name, incarnation: caller.incarnation)
            let choice = try await withTaskExecutorPreference(workers.executor(for: work)) {
                try await ranker.choose(question, sources, caller: caller)
            }
            return ExtractiveModel.Selection(
                sentences: choice.sentences, promptTokens: choice.readTokens, completionTokens: choice.chosenTokens)
        }
        return ChatModels.Model(name: ExtractiveModel.name, provider: provider, owner: "contextd", needsSources: true)
    }
}
