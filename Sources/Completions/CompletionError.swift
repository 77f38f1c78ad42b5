/// The reason why an answer failed or ended early.
public struct CompletionError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        /// The conversation contains no question.
        case noQuestion
        /// The sentences of the answer could not be selected; `cause` holds the reason.
        case notChosen
        /// The provider is unreachable, fails, or refuses the server access.
        case providerUnavailable
        /// The provider is overloaded or limits the rate; `retryAfterSeconds` is its Retry-After, if any.
        case providerBusy
        /// The provider did not respond in time, or stalled during the response.
        case providerTimeout
        /// The provider rejected this request; `providerMessage` holds its reason, if any.
        case providerRejected
        /// The provider's response violates its protocol or exceeds a limit.
        case providerInvalid
        /// The provider's response ended early.
        case providerInterrupted
        /// The model's queue, or the caller's share of it, is full; `retryAfterSeconds` estimates when there is room.
        case modelBusy
        /// The model's circuit breaker is open, and no fallback is available.
        case modelUnavailable
        /// The caller's task was cancelled, or the process is stopping.
        case cancelled
    }

    /// Error code; one of a fixed set, so it is safe as a metric label.
    public let code: Code
    /// Detail for logs: hosts, statuses, sizes; never text that was sent or received.
    public let detail: String
    /// Seconds to wait before a retry: the provider's Retry-After, or an estimate by this server; `nil` if unknown.
    public let retryAfterSeconds: Int?
    /// The provider's message about the caller's request, truncated; not for logs, since it may quote the request.
    public let providerMessage: String?
    public let cause: (any Error)?
    /// Usage of an answer that ended early; `nil` if the answer had not begun.
    public var partialUsage: TokenUsage?
    /// Usage of the models that were tried before and failed; `nil` if there was none.
    public var priorUsage: TokenUsage?

    public init(
        _ code: Code, _ detail: String, retryAfterSeconds: Int? = nil, providerMessage: String? = nil, cause: (any Error)? = nil
    ) {
        (self.code, self.detail, self.retryAfterSeconds) = (code, detail, retryAfterSeconds)
        (self.providerMessage, self.cause) = (providerMessage, cause)
    }

    public var description: String { "\(code.rawValue): \(detail)" }
}
