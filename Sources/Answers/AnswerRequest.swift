import Catalog
import Citing
import Completions
import Extraction
import Failure
import Retrieval
import Scheduling
import Tenancy

/// A request for one answer: the call, the model that answers it, and the usage reserved for it.
struct AnswerRequest: Sendable {
    private let service: ChatService
    private let call: ChatCall
    private let model: ChatModels.Model
    private let scope: TenantScope
    private let meter: AnswerMeter

    /// Selects the model, limits the sources to its context window, and reserves the usage.
    ///
    /// - Throws: `Failure`, `AccountingError`; then no model may be called.
    init(_ call: ChatCall, for caller: Caller, of service: ChatService) async throws {
        let (model, call) = try Self.fitted(call, in: caller.scope, of: service)
        meter = try await AnswerMeter.begin(call, model: model.name, for: caller, in: service.usage)
        (self.service, self.call, self.model, scope) = (service, call, model, caller.scope)
    }

    /// Returns the call's model, and the call limited to the model's context window.
    ///
    /// - Throws: `Failure` if the tenant has no such model, or the model cannot answer the call.
    static func fitted(
        _ call: ChatCall, in scope: TenantScope, of service: ChatService
    ) throws -> (model: ChatModels.Model, call: ChatCall) {
        let model = try service.defaults(in: scope).model(call.model)
        guard call.retrieval != nil || !model.needsSources else {
            throw Failure.invalid("\"\(model.name)\" answers only from retrieved passages; enable retrieval", field: "retrieval")
        }
        try model.check(call.request)
        return (model, try call.fitted(to: model))
    }

    /// Returns the answer from the cache, coalesced with an identical one in progress, or of the model.
    ///
    /// - Parameter executor: runs the generation of an answer that other requests may share.
    func turn(sharedBy cache: AnswerCache, on executor: (any TaskExecutor)?) async throws -> ChatTurn {
        do {
            let turn = try await lookUp(in: cache, on: executor)
            // The request that generates the answer pays for it; coalesced requests pay nothing.
            return turn.origin == .model ? turn : meter.atNoCost(turn)
        } catch {
            meter.failed(error)
            throw error
        }
    }

    private func lookUp(in cache: AnswerCache, on executor: (any TaskExecutor)?) async throws -> ChatTurn {
        let (catalog, scope) = (service.catalog, scope)
        let position = try await catalog.position(in: scope)
        let key = AnswerKey(
            caller: ChatCaller(scope), version: position.sequence, history: position.lineage, question: call.question(of: model.name))
        return try await cache.turn(for: key, model: model.name, on: executor) {
            (try? await catalog.position(in: scope)) == position
        } begin: {
            try await turn()
        }
    }

    /// Returns the answer of the model, made for this request.
    func turn() async throws -> ChatTurn {
        do {
            let answer = try await answer()
            return ChatTurn(answer, model: model.name, cites: call.retrieval != nil) { [assembler = service.assembler, scope] in
                try await assembler.verified($0, in: scope)
            }
        } catch {
            meter.failed(error)
            throw error
        }
    }

    private func answer() async throws -> ChatAnswer {
        var request = call.request
        if let retrieval = call.retrieval {
            let sources = try await sources(retrieval)
            try meter.retrieved(sources)
            request.sources = sources
        }
        meter.asksModel()
        return meter.metered(try await model.provider.answer(request, for: ChatCaller(scope)))
    }

    private func sources(_ retrieval: ChatCall.Retrieval) async throws -> [CitedSource] {
        guard let question = call.request.question else {
            throw Failure.invalid("retrieval requires a user message with text", field: "messages")
        }
        let query = QuestionParts(question) { SentenceBoundaries.sentences($0, $1) }.query
        let search = SearchRequest(
            query: query.prefix(utf8Bytes: SearchRequest.maximumQueryBytes), limit: retrieval.limit, mode: retrieval.mode,
            filter: retrieval.filter)
        // Assembling many passages takes milliseconds, so it does not run on a connection's event loop.
        return try await withTaskExecutorPreference(service.catalog.workers.executor(for: WorkKey(scope))) {
            try await service.assembler.sources(ContextRequest(search: search, maximumTokens: retrieval.maximumContextTokens), in: scope)
        }
    }
}

extension ChatCaller {
    init(_ scope: TenantScope) { self.init(scope.tenant.rawValue, incarnation: scope.incarnation) }
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
