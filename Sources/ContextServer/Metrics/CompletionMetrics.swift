import Accounting
import Catalog
import Completions
import Telemetry

/// Metrics of requests to models: outcomes and tokens, the state of the models, and the response cache.
struct CompletionMetrics {
    let tallies: [String: ModelTally]
    let depth: (open: Int, waiting: Int)
    let models: [ChatModels.Model]
    let cacheUse: [CacheUse: Int]
    /// The contents of the response cache; `nil` if there is none.
    let cached: (answers: Int, bytes: Int)?

    var families: [MetricFamily] { requests + backends + cache + ledger }

    private var requests: [MetricFamily] {
        var requests = MetricFamily(
            .counter, "contextd_completions_total", "Requests to models that ended, by the model that answered, or was to, and how.")
        var tokens = MetricFamily(
            .counter, "contextd_completion_tokens_total", "Their tokens. Cached and retrieved ones are parts of the prompt's.")
        var estimated = MetricFamily(.counter, "contextd_completions_estimated_total", "Requests whose tokens nobody counted.")
        var first = MetricFamily(
            .histogram, "contextd_completion_first_token_seconds", "Of completed requests, to the first part of the answer.")
        var whole = MetricFamily(.histogram, "contextd_completion_duration_seconds", "Of completed requests, to the answer's end.")
        for (model, tally) in tallies {
            for (outcome, count) in tally.outcomes { requests.add(count, ["model": model, "outcome": outcome.rawValue]) }
            tokens.add(tally.promptTokens, ["model": model, "kind": "prompt"])
            tokens.add(tally.completionTokens, ["model": model, "kind": "completion"])
            tokens.add(tally.cachedTokens, ["model": model, "kind": "cached"])
            tokens.add(tally.retrievedTokens, ["model": model, "kind": "retrieved"])
            estimated.add(tally.estimated, ["model": model])
            first.add(tally.firstToken, ["model": model])
            whole.add(tally.duration, ["model": model])
        }
        let open = MetricFamily(.gauge, "contextd_completions_in_flight", "Requests to models that have not ended.", depth.open)
        return [requests, tokens, estimated, first, whole, open]
    }

    private var backends: [MetricFamily] {
        var load = MetricFamily(.gauge, "contextd_model_requests", "Answers under way at a model, and requests in the line before it.")
        var circuit = MetricFamily(.gauge, "contextd_model_circuit", "1 for the state of the circuit for all tenants.")
        var callers = MetricFamily(.gauge, "contextd_model_circuit_tenants", "Tenants for whom the model is left alone.")
        var failures = MetricFamily(.counter, "contextd_model_failures_total", "Attempts that failed, by the closed word for why.")
        var retries = MetricFamily(.counter, "contextd_model_retries_total", "Attempts after the first.")
        for model in models {
            let status = model.status
            load.add(status.running, ["model": model.name, "state": "running"])
            load.add(status.waiting, ["model": model.name, "state": "waiting"])
            for state in ChatBackendStatus.Circuit.allCases {
                circuit.add(state == status.circuit ? 1 : 0, ["model": model.name, "state": state.rawValue])
            }
            callers.add(status.openCallers, ["model": model.name])
            for (code, count) in status.failures { failures.add(count, ["model": model.name, "code": code.rawValue]) }
            retries.add(status.retries, ["model": model.name])
        }
        return [load, circuit, callers, failures, retries]
    }

    private var cache: [MetricFamily] {
        guard let cached else { return [] }
        var uses = MetricFamily(
            .counter, "contextd_answer_cache_requests_total",
            "Requests to models by what the cache had: an answer, one under way, none; or it was not asked.")
        for (use, count) in cacheUse { uses.add(count, ["result": use.rawValue]) }
        return [
            uses, MetricFamily(.gauge, "contextd_answer_cache_answers", "Answers that are kept.", cached.answers),
            MetricFamily(.gauge, "contextd_answer_cache_bytes", "Bytes that they are reckoned to take.", cached.bytes),
        ]
    }

    private var ledger: [MetricFamily] {
        [
            MetricFamily(.gauge, "contextd_usage_rows_waiting", "Rows of usage that are not written yet.", depth.waiting),
            MetricFamily(
                .gauge, "contextd_usage_rows_waiting_limit", "With so many, requests to models are refused.", UsageLedger.standardBacklog),
        ]
    }
}

/// The result of a response cache lookup.
public enum CacheUse: String, CaseIterable, Sendable {
    case hit, shared, miss
    /// The request refuses cached answers, or there is no cache.
    case bypassed

    init(_ origin: ChatTurn.Origin) {
        self =
            switch origin {
            case .cache: .hit
            case .shared: .shared
            case .model: .miss
            }
    }
}
