public import Failure

extension CompletionError: FailureConvertible {
    /// The failure that clients see. A provider's address stays in the log, as does its message unless it concerns the request.
    public var failure: Failure {
        switch code {
        case .noQuestion: .invalid("messages must contain a user message with text", field: "messages")
        case .notChosen: cause.map { Failure($0) } ?? .internal
        case .providerUnavailable:
            provider(.upstreamFailed, "upstream_unavailable", "the model's provider cannot be reached or fails; try again later")
        // OpenAI's clients back off and retry after this kind.
        case .providerBusy: provider(.rateLimited, "upstream_busy", "the model's provider is busy; try again later")
        case .providerTimeout:
            provider(.deadlineExceeded, "upstream_timeout", "the model's provider did not respond in time; try again later")
        case .providerInvalid: Failure(.upstreamFailed, code: "upstream_invalid", "the model's provider returned an invalid response")
        case .providerInterrupted:
            Failure(.upstreamFailed, code: "upstream_interrupted", "the response of the model's provider was interrupted")
        case .providerRejected: .invalid(providerMessage ?? "the model's provider rejected this request", code: "upstream_rejected")
        case .modelBusy: provider(.rateLimited, "model_busy", "too many requests are waiting for this model; try again later")
        case .modelUnavailable:
            provider(.unavailable, "model_unavailable", "the model is unavailable after repeated failures; try again later")
        case .cancelled: .stopping
        }
    }

    private func provider(_ kind: Failure.Kind, _ code: String, _ detail: String) -> Failure {
        .upstream(kind, code: code, detail, retryAfterSeconds: retryAfterSeconds)
    }
}
