public import Failure

extension EmbeddingError: FailureConvertible {
    /// The failure that clients see. A provider's address and its own messages stay in the log.
    public var failure: Failure {
        switch code {
        case .tooManyTexts, .invalidTokens: .invalid(detail, field: "input")
        case .overloaded: .overloaded("the embedding queue is full; try again in a moment")
        case .cancelled, .shuttingDown: .stopping
        case .modelMissing, .modelInvalid, .unsupported, .notFinite: .internal
        case .remoteUnavailable:
            upstream(.upstreamFailed, "upstream_unavailable", "the embedding provider is unavailable; try again later")
        case .remoteBusy: upstream(.unavailable, "upstream_busy", "the embedding provider is overloaded; try again later")
        case .remoteTimeout:
            upstream(.deadlineExceeded, "upstream_timeout", "the embedding provider did not respond in time; try again later")
        case .remoteInvalid: upstream(.upstreamFailed, "upstream_invalid", "the embedding provider returned an invalid response")
        case .remoteRejected: Failure(.upstreamFailed, code: "upstream_rejected", "the embedding provider rejected this text")
        }
    }

    private func upstream(_ kind: Failure.Kind, _ code: String, _ detail: String) -> Failure {
        .upstream(kind, code: code, detail, retryAfterSeconds: retryAfterSeconds)
    }
}
