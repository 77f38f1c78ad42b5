internal import Upstream

// Consequences of a failure before the first event for retries, fallbacks and circuit breakers.
extension CompletionError {
    /// An error for a caller that disconnected before its request was sent; the request has cost nothing.
    static var cancelledBeforeSending: CompletionError {
        var error = CompletionError(.cancelled, "the caller's task was cancelled before the request was sent")
        error.partialUsage = TokenUsage.none
        return error
    }

    /// Whether the provider certainly generated nothing that it would charge for, so that a retry is safe. That is unknown after a lost
    /// connection or a gateway timeout (504), and an answer that has begun costs tokens.
    public var didNoWork: Bool {
        guard partialUsage == nil else { return false }
        guard let cause = cause as? UpstreamError else { return code == .providerBusy }
        return switch cause.code {
        case .connect, .timeoutConnect, .rateLimited: true
        case .serverFailed: cause.status != 504
        case .badURL, .badKey, .timeoutFirstByte, .timeoutIdle, .interrupted, .rejected, .tooLarge, .malformed, .cancelled: false
        }
    }

    /// Returns the provider's usage for a failed request: the partial answer's usage if it had begun; none if the provider certainly did
    /// not start; otherwise the prompt, which was sent.
    ///
    /// - Parameter prompt: estimated usage of the prompt.
    public func cost(ofPrompt prompt: TokenUsage) -> TokenUsage {
        if let partialUsage { return partialUsage }
        return switch code {
        case .noQuestion, .notChosen, .providerUnavailable, .providerBusy, .providerRejected, .modelBusy, .modelUnavailable: .none
        case .providerTimeout, .providerInvalid, .providerInterrupted, .cancelled: prompt
        }
    }

    /// Whether a fallback may be tried: not for an invalid or cancelled request.
    public var mayFallBack: Bool {
        switch code {
        case .providerUnavailable, .providerBusy, .providerTimeout, .providerInvalid, .providerInterrupted, .modelBusy, .modelUnavailable:
            true
        case .noQuestion, .notChosen, .providerRejected, .cancelled: false
        }
    }

    /// Evidence about the provider, for the circuit breaker.
    var verdict: CircuitBreaker.Verdict {
        switch code {
        case .providerUnavailable, .providerBusy, .providerTimeout, .providerInvalid, .providerInterrupted:
            .failure(retryAfter: retryAfterSeconds.map { .seconds($0) })
        case .noQuestion, .notChosen, .providerRejected, .cancelled, .modelBusy, .modelUnavailable: .neutral
        }
    }
}
