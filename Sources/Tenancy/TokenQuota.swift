/// The maximum number of tokens that a tenant's model requests may use in each period.
public struct TokenQuota: Hashable, Sendable {
    /// The period after which a quota resets. Days and months are in UTC.
    public enum Period: String, CaseIterable, Sendable {
        case day, month
        /// The quota never resets.
        case total
    }

    /// Maximum number of prompt and completion tokens together.
    public let tokens: Int
    public let period: Period

    /// The valid values of `tokens`.
    public static let range = 0...1_000_000_000_000_000

    /// Returns `nil` if `tokens` is out of range.
    public init?(tokens: Int, per period: Period) {
        guard Self.range.contains(tokens) else { return nil }
        (self.tokens, self.period) = (tokens, period)
    }
}
