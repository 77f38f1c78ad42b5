internal import Upstream

// What a failure before the first event means for what is tried next.
extension CompletionError {
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
