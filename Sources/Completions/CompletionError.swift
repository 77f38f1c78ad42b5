/// Why there is no answer, or no more of it.
public struct CompletionError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        /// The conversation holds nothing that could be answered.
        case noQuestion
        /// The sentences of the sources could not be chosen; `cause` says why.
        case notChosen
        /// The provider cannot be reached, fails, or will not serve us at all.
        case providerUnavailable
        /// The provider has too much to do: `retryAfterSeconds` says when to come again, if it does.
        case providerBusy
        /// The provider did not answer in time, or stopped in the middle.
        case providerTimeout
        /// The provider refuses this request; `providerMessage` says why, if it did.
        case providerRejected
        /// The provider's answer breaks its protocol, or its limits.
        case providerInvalid
        /// The provider's answer broke off.
        case providerInterrupted
        /// Too many wait for the model already: `retryAfterSeconds` guesses when there is room.
        case modelBusy
        /// The model failed too often and is left alone for a time, and nothing stands in for it.
        case modelUnavailable
        /// The caller's task was cancelled, or the process is stopping.
        case cancelled
    }

    /// Closed and bounded: fit for a metric label.
    public let code: Code
    /// For logs: hosts, statuses, sizes; never a text that was sent or received.
    public let detail: String
    /// What a provider asks to wait, where it does.
    public let retryAfterSeconds: Int?
    /// A provider's own words about the caller's request, cut; not for logs, since they may quote it.
    public let providerMessage: String?
    public let cause: (any Error)?
    /// What an answer that broke off had cost by then; `nil` where none had begun.
    public var partialUsage: TokenUsage?
    /// What models that were asked before, in vain, had cost; `nil` where that is nothing.
    public var priorUsage: TokenUsage?

    public init(
        _ code: Code, _ detail: String, retryAfterSeconds: Int? = nil, providerMessage: String? = nil, cause: (any Error)? = nil
    ) {
        (self.code, self.detail, self.retryAfterSeconds) = (code, detail, retryAfterSeconds)
        (self.providerMessage, self.cause) = (providerMessage, cause)
    }

    public var description: String { "\(code.rawValue): \(detail)" }
}
