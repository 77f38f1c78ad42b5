/// How a model fares, for operators.
public struct ChatBackendStatus: Sendable {
    public enum Circuit: String, CaseIterable, Sendable {
        case closed, open
        /// The next request, or one under way, decides.
        case halfOpen = "half_open"
    }

    /// Answers under way, and requests in the line before it; 0 for a model without limits.
    public let running: Int
    public let waiting: Int
    /// The circuit of all callers; one caller's own may be open beside it.
    public let circuit: Circuit
    public let openCallers: Int
    /// Attempts that failed since the start, also after their first event, and those whose caller went away.
    public let failures: [CompletionError.Code: Int]
    /// Attempts after the first.
    public let retries: Int
}
