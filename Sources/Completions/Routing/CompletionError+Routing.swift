internal import Upstream

// What a failure before the first event means for what is tried next.
extension CompletionError {
    /// The caller went away before its request was sent: it has cost nothing.
    static var cancelledBeforeSending: CompletionError {
        var error = CompletionError(.cancelled, "the caller's task was cancelled before the request was sent")
        error.partialUsage = TokenUsage.none
        return error
    }

    /// Whether the provider surely generated nothing that it would charge for, so that the same request may be sent to it again. A
    /// connection that was lost says nothing of that, nor does a gateway that waited in vain (504), and an answer that has begun costs.
    public var didNoWork: Bool {
        guard partialUsage == nil else { return false }
        guard let cause = cause as? UpstreamError else { return code == .providerBusy }
        return switch cause.code {
        case .connect, .timeoutConnect, .rateLimited: true
        case .serverFailed: cause.status != 504
        case .badURL, .badKey, .timeoutFirstByte, .timeoutIdle, .interrupted, .rejected, .tooLarge, .malformed, .cancelled: false
        }
    }

    /// What the provider has worked for a request that failed: what had come of its answer; nothing, where it surely did not begin; else
    /// the prompt, which was sent.
    ///
    /// - Parameter prompt: by estimate.
    public func cost(ofPrompt prompt: TokenUsage) -> TokenUsage {
        if let partialUsage { return partialUsage }
        return switch code {
        case .noQuestion, .notChosen, .providerUnavailable, .providerBusy, .providerRejected, .modelBusy, .modelUnavailable: .none
        case .providerTimeout, .providerInvalid, .providerInterrupted, .cancelled: prompt
        }
    }

    /// Whether another model may be asked instead: not where the request is at fault, or nobody waits any more.
    public var mayFallBack: Bool {
        switch code {
        case .providerUnavailable, .providerBusy, .providerTimeout, .providerInvalid, .providerInterrupted, .modelBusy, .modelUnavailable:
            true
        case .noQuestion, .notChosen, .providerRejected, .cancelled: false
        }
    }

    /// What it says of the provider.
    var verdict: CircuitBreaker.Verdict {
        switch code {
        case .providerUnavailable, .providerBusy, .providerTimeout, .providerInvalid, .providerInterrupted:
            .failure(retryAfter: retryAfterSeconds.map { .seconds($0) })
        case .noQuestion, .notChosen, .providerRejected, .cancelled, .modelBusy, .modelUnavailable: .neutral
        }
    }
}
