/// How many tokens a tenant's requests to models may take, in each of its periods.
public struct TokenQuota: Hashable, Sendable {
    /// After what time a quota begins anew. Days and months are those of UTC.
    public enum Period: String, CaseIterable, Sendable {
        case day, month
        /// Never.
        case total
    }

    /// Prompt and completion together.
    public let tokens: Int
    public let period: Period

    /// What an operator may set.
    public static let range = 0...1_000_000_000_000_000

    /// `nil` where `tokens` is out of range.
    public init?(tokens: Int, per period: Period) {
        guard Self.range.contains(tokens) else { return nil }
        (self.tokens, self.period) = (tokens, period)
    }
}
