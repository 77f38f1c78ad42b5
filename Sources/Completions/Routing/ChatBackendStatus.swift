/// The status of a model, for operators.
public struct ChatBackendStatus: Sendable {
    public enum Circuit: String, CaseIterable, Sendable {
        case closed, open
        /// The next request, or one in progress, decides.
        case halfOpen = "half_open"
    }

    /// Number of answers in progress (`running`) and queued requests (`waiting`); 0 for a model without limits.
    public let running: Int
    public let waiting: Int
    /// Circuit breaker shared by all callers; a single caller's own may be open in addition.
    public let circuit: Circuit
    public let openCallers: Int
    /// Failed attempts since the start, by error code, including failures after the first event and cancellations by the caller.
    public let failures: [CompletionError.Code: Int]
    /// Number of retries.
    public let retries: Int
}
