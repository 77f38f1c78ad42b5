import Accounting
import Answers
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
            .counter, "contextd_completions_total", "Finished requests to models, by model and outcome.")
        var tokens = MetricFamily(
            .counter, "contextd_completion_tokens_total", "Tokens of finished requests, by kind; prompt includes cached and retrieved.")
        var estimated = MetricFamily(.counter, "contextd_completions_estimated_total", "Finished requests with estimated tokens.")
        var first = MetricFamily(
            .histogram, "contextd_completion_first_token_seconds", "Time to the first token of completed requests, in seconds.")
        var whole = MetricFamily(.histogram, "contextd_completion_duration_seconds", "Duration of completed requests, in seconds.")
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
        let open = MetricFamily(.gauge, "contextd_completions_in_flight", "Requests to models in progress.", depth.open)
        return [requests, tokens, estimated, first, whole, open]
    }

    private var backends: [MetricFamily] {
        var load = MetricFamily(.gauge, "contextd_model_requests", "Requests running at the model or waiting in its queue.")
        var circuit = MetricFamily(.gauge, "contextd_model_circuit", "1 for the current state of the circuit breaker for all tenants.")
        var callers = MetricFamily(.gauge, "contextd_model_circuit_tenants", "Tenants with an open circuit breaker of their own.")
        var failures = MetricFamily(.counter, "contextd_model_failures_total", "Failed attempts, by error code.")
        var retries = MetricFamily(.counter, "contextd_model_retries_total", "Retries: attempts after the first.")
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
            "Requests to models by cache result: hit, shared (coalesced request), miss, or bypassed.")
        for (use, count) in cacheUse { uses.add(count, ["result": use.rawValue]) }
        return [
            uses, MetricFamily(.gauge, "contextd_answer_cache_answers", "Answers in the response cache.", cached.answers),
            MetricFamily(.gauge, "contextd_answer_cache_bytes", "Estimated size of the response cache, in bytes.", cached.bytes),
        ]
    }

    private var ledger: [MetricFamily] {
        [
            MetricFamily(.gauge, "contextd_usage_rows_waiting", "Usage rows waiting to be written.", depth.waiting),
            MetricFamily(
                .gauge, "contextd_usage_rows_waiting_limit", "At this limit, model requests are rejected.", UsageLedger.defaultBacklog),
        ]
    }
}
