import Accounting
import Catalog
import Citing
import Completions
import Failure
import Synchronization
import Tenancy

/// The usage accounting of one answer: observes the answer as it is delivered, and settles with the provider's token counts, or an estimate
/// if there are none. When released before the end, it settles with the cost so far.
final class AnswerMeter: Sendable {
    private struct Progress {
        /// Bytes of the conversation and of the passages retrieved for it.
        var promptBytes: Int
        /// Whether a model may have started to work.
        var isAsked = false
        var hasFirstToken = false
        var usageSoFar: (@Sendable () -> TokenUsage)?
        /// Usage of models that were tried before the one that answers.
        var priorUsage = TokenUsage.none

        /// Usage so far; before the answer begins, the prompt alone.
        var usage: TokenUsage { usageSoFar?() ?? TokenUsage.estimate(promptBytes: promptBytes, completionBytes: 0) }
    }

    private let entry: UsageEntry
    private let progress: Mutex<Progress>

    /// Reserves the tokens that the request may use.
    ///
    /// - Parameter model: the name of the model that answers the call.
    /// - Throws: `AccountingError`; then no model may be called.
    static func begin(
        _ call: ChatCall, model: String, for caller: Caller, in ledger: UsageLedger
    ) async throws(AccountingError) -> AnswerMeter {
        let bytes = call.request.textBytes
        let expected = UsageRequest(
            key: caller.key, requestedModel: call.model ?? model, model: model,
            promptTokens: TokenUsage.estimate(promptBytes: bytes, completionBytes: 0).prompt,
            maximumCompletionTokens: call.request.maximumCompletionTokens)
        return AnswerMeter(try await ledger.begin(expected, in: caller.scope), promptBytes: bytes)
    }

    private init(_ entry: UsageEntry, promptBytes: Int) {
        self.entry = entry
        progress = Mutex(Progress(promptBytes: promptBytes))
    }

    deinit { entry.settle(UsageSettlement(.abandoned, tokens: soFar)) }

    /// Reserves the tokens of the passages, in addition to the conversation.
    ///
    /// - Throws: `AccountingError`; then the request has ended.
    func retrieved(_ sources: [CitedSource]) throws(AccountingError) {
        let bytes = sources.reduce(0) { $0 + $1.text.utf8.count }
        progress.withLock { $0.promptBytes += bytes }
        try entry.retrieved(tokens: TokenUsage.estimate(promptBytes: bytes, completionBytes: 0).prompt)
    }

    /// Records that a model is about to be called, and may start to work.
    func asksModel() { progress.withLock { $0.isAsked = true } }

    /// Returns the turn of a cached or coalesced answer, accounted for at no cost when it ends.
    func atNoCost(_ turn: ChatTurn) -> ChatTurn {
        ChatTurn(model: turn.model, origin: turn.origin, backend: { turn.backend }) {
            do {
                let steps = try await turn.next()
                for step in steps ?? [] {
                    switch step {
                    case .text, .other: self.noteFirstToken()
                    case .end: self.entry.settle(UsageSettlement(.cached, tokens: UsageTokens.none))
                    }
                }
                return steps
            } catch {
                self.failed(error)
                throw error
            }
        }
    }

    /// Returns the same answer, accounted for as it is read.
    func metered(_ answer: ChatAnswer) -> ChatAnswer {
        progress.withLock { $0.usageSoFar = answer.usageSoFar }
        if let prior = answer.priorUsage { progress.withLock { $0.priorUsage = prior } }
        if let backend = answer.backend { entry.answered(by: backend) }
        var answer = answer
        let events = answer.events
        answer.events = ChatEvents { () async throws(CompletionError) in try await self.next(events) }
        return answer
    }

    /// Settles a request that failed or was cancelled.
    func failed(_ error: any Error) {
        let isCancelled = error is CancellationError || (error as? CompletionError)?.code == .cancelled
        entry.settle(UsageSettlement(isCancelled ? .cancelled : .failed, tokens: cost(of: error), errorCode: Failure(error).code))
    }

    private func next(_ events: ChatEvents) async throws(CompletionError) -> [ChatEvent]? {
        let batch: [ChatEvent]?
        do { batch = try await events.next() } catch {
            failed(error)
            throw error
        }
        for event in batch ?? [] {
            switch event {
            case .delta: noteFirstToken()
            case .end(let end):
                entry.settle(UsageSettlement(.completed, tokens: UsageTokens(end.usage + progress.withLock { $0.priorUsage })))
            }
        }
        return batch
    }

    private func noteFirstToken() {
        let isFirst = progress.withLock { progress in
            defer { progress.hasFirstToken = true }
            return !progress.hasFirstToken
        }
        if isFirst { entry.noteFirstToken() }
    }

    /// Returns the cost of a failed request, models tried before included.
    private func cost(of error: any Error) -> UsageTokens {
        let progress = progress.withLock { $0 }
        guard let error = error as? CompletionError, progress.isAsked else { return soFar }
        return UsageTokens(error.cost(ofPrompt: progress.usage) + (error.priorUsage ?? progress.priorUsage))
    }

    private var soFar: UsageTokens {
        let progress = progress.withLock { $0 }
        return progress.isAsked ? UsageTokens(progress.usage + progress.priorUsage) : .none
    }
}

extension UsageTokens {
    init(_ usage: TokenUsage) {
        self.init(prompt: usage.prompt, completion: usage.completion, cached: usage.cachedPrompt ?? 0, isEstimated: usage.isEstimated)
    }
}
