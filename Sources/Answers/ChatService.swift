public import Accounting
public import Catalog
import Citing
public import Completions
public import Embeddings
import Extraction
import Failure
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
    private let catalog: CatalogStore
    private let assembler: ContextAssembler
    private let cache: AnswerCache?
    private let usage: UsageLedger
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

    /// Returns the tenant's model of that name, or its default model.
    ///
    /// - Throws: `Failure` if the tenant has no such model, even if other tenants do.
    package func model(_ name: String?, in scope: TenantScope) throws -> ChatModels.Model {
        let view = models[tenant: scope.tenant.rawValue]
        guard let model = name.map({ view[$0] }) ?? view.defaultModel else {
            let names = view.listed.prefix(20).map { "\"\($0.name)\"" }.joined(separator: ", ")
            throw Failure(
                .notFound, code: "model_not_found", "unknown model; available models: \(names)", field: "model")
        }
        return model
    }

    /// Returns a question without a conversation, with the tenant's retrieval defaults.
    public func call(_ question: String, model: String?, in scope: TenantScope) -> ChatCall {
        ChatCall(question: question, model: model, retrieval: retrievalDefaults(in: scope).retrieval)
    }

    /// Returns the tenant's default retrieval options.
    package func retrievalDefaults(in scope: TenantScope) -> RetrievalDefaults { retrieval[tenant: scope.tenant.rawValue] }

    /// Returns whether a request without retrieval options uses retrieval. An unknown model is reported when the answer starts.
    package func retrievesByDefault(_ model: String?, in scope: TenantScope) -> Bool {
        (try? self.model(model, in: scope))?.needsSources ?? false || retrievalDefaults(in: scope).isEnabled ?? false
    }

    /// Returns the same for a single question, which uses retrieval unless the tenant's defaults disable it.
    package func questionsRetrieveByDefault(_ model: String?, in scope: TenantScope) -> Bool {
        (try? self.model(model, in: scope))?.needsSources ?? false || retrievalDefaults(in: scope).isEnabled ?? true
    }

    /// Starts an answer.
    ///
    /// - Parameter executor: runs the generation of an answer that other requests may share.
    /// - Throws: `Failure`, `AccountingError`, `CompletionError`, and what the read path throws.
    public func answer(_ call: ChatCall, for caller: Caller, on executor: (any TaskExecutor)? = nil) async throws -> ChatTurn {
        let (model, scope) = (try model(call.model, in: caller.scope), caller.scope)
        guard call.retrieval != nil || !model.needsSources else {
            throw Failure.invalid("\"\(model.name)\" answers only from retrieved passages; enable retrieval", field: "retrieval")
        }
        let call = try Self.fitted(call, to: model)
        let meter = try await AnswerMeter.begin(call.request, asked: call.model, model: model.name, for: caller, in: usage)
        guard let cache, call.isCacheable else {
            cacheUse.add(to: .bypassed)
            return try await make(call, model, scope, meter)
        }
        do {
            let turn = try await turn(of: cache, call, model, scope, meter, executor)
            cacheUse.add(to: CacheUse(turn.origin))
            // The request that generates the answer pays for it; coalesced requests pay nothing.
            return turn.origin == .model ? turn : meter.readingAlong(turn)
        } catch {
            meter.failed(error)
            throw error
        }
    }

    /// Returns the call with its sources limited by the model's context window.
    ///
    /// - Throws: `Failure` if the conversation does not fit, or leaves no room for sources.
    private static func fitted(_ call: ChatCall, to model: ChatModels.Model) throws -> ChatCall {
        var call = call
        let contextTokens = try contextTokens(call, model)
        call.retrieval?.maximumContextTokens = contextTokens
        return call
    }

    private func turn(
        of cache: AnswerCache, _ call: ChatCall, _ model: ChatModels.Model, _ scope: TenantScope, _ meter: AnswerMeter,
        _ executor: (any TaskExecutor)?
    ) async throws -> ChatTurn {
        let position = try await catalog.position(in: scope)
        let key = AnswerKey(
            caller: ChatCaller(scope), version: position.sequence, history: position.lineage, question: call.question(of: model.name))
        return try await cache.turn(for: key, model: model.name, on: executor) { [catalog] in
            (try? await catalog.position(in: scope)) == position
        } begin: { [self] in
            try await make(call, model, scope, meter)
        }
    }

    private func make(_ call: ChatCall, _ model: ChatModels.Model, _ scope: TenantScope, _ meter: AnswerMeter) async throws -> ChatTurn {
        do {
            let answer = try await answer(call, model, scope, meter)
            return ChatTurn(answer, model: model.name, cites: call.retrieval != nil) { [assembler] in
                try await assembler.verified($0, in: scope)
            }
        } catch {
            meter.failed(error)
            throw error
        }
    }

    private func answer(
        _ call: ChatCall, _ model: ChatModels.Model, _ scope: TenantScope, _ meter: AnswerMeter
    ) async throws -> ChatAnswer {
        var request = call.request
        if let retrieval = call.retrieval {
            let sources = try await sources(request, retrieval, scope)
            try meter.retrieved(sources)
            request.sources = sources
        }
        meter.asksModel()
        let answer = try await model.provider.answer(request, for: ChatCaller(scope))
        return meter.metered(answer)
    }

    private func sources(_ request: ChatRequest, _ retrieval: ChatCall.Retrieval, _ scope: TenantScope) async throws -> [CitedSource] {
        guard let question = request.question else {
            throw Failure.invalid("retrieval requires a user message with text", field: "messages")
        }
        // Assembling many passages takes milliseconds, so it does not run on a connection's event loop.
        return try await withTaskExecutorPreference(catalog.workers.executor(for: WorkKey(scope))) { [assembler] in
            try await assembler.sources(Self.context(question, retrieval), in: scope)
        }
    }

    private static func context(_ question: String, _ retrieval: ChatCall.Retrieval) -> ContextRequest {
        let search = SearchRequest(
            query: question.prefix(utf8Bytes: SearchRequest.maximumQueryBytes), limit: retrieval.limit, mode: retrieval.mode,
            filter: retrieval.filter)
        return ContextRequest(search: search, maximumTokens: retrieval.maximumContextTokens)
    }
}

extension ChatCaller {
    init(_ scope: TenantScope) { self.init(scope.tenant.rawValue, incarnation: scope.incarnation) }
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

extension String {
    /// Returns the longest prefix of whole scalars that has at most `limit` bytes.
    fileprivate func prefix(utf8Bytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var end = utf8.index(utf8.startIndex, offsetBy: limit)
        while end.samePosition(in: unicodeScalars) == nil { utf8.formIndex(before: &end) }
        return String(self[..<end])
    }
}
