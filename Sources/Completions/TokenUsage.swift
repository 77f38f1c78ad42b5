/// What an answer cost, in the tokens of the model that gave it.
public struct TokenUsage: Hashable, Sendable {
    public var prompt: Int
    public var completion: Int
    /// Of `prompt`: read from the provider's cache; `nil` where it does not say.
    public var cachedPrompt: Int?
    /// Of `completion`: thought and not said; `nil` where the provider does not say.
    public var reasoning: Int?
    /// Whether nobody counted: the numbers are estimates from bytes.
    public var isEstimated: Bool

    public init(prompt: Int, completion: Int, cachedPrompt: Int? = nil, reasoning: Int? = nil, isEstimated: Bool = false) {
        (self.prompt, self.completion) = (prompt, completion)
        (self.cachedPrompt, self.reasoning, self.isEstimated) = (cachedPrompt, reasoning, isEstimated)
    }

    public var total: Int { Self.sum(prompt, completion) }

    public static let none = TokenUsage(prompt: 0, completion: 0)

    /// Of both together; estimated where one of them is.
    public static func + (a: TokenUsage, b: TokenUsage) -> TokenUsage {
        TokenUsage(
            prompt: sum(a.prompt, b.prompt), completion: sum(a.completion, b.completion), cachedPrompt: sum(a.cachedPrompt, b.cachedPrompt),
            reasoning: sum(a.reasoning, b.reasoning), isEstimated: a.isEstimated || b.isEstimated)
    }

    private static func sum(_ a: Int, _ b: Int) -> Int {
        let (sum, overflowed) = a.addingReportingOverflow(b)
        return overflowed ? .max : sum
    }

    private static func sum(_ a: Int?, _ b: Int?) -> Int? { a.map { sum($0, b ?? 0) } ?? b }

    /// From bytes of UTF-8 alone, at four to a token: what English prose has in the tokenizers of present models.
    public static func estimate(promptBytes: Int, completionBytes: Int) -> TokenUsage {
        TokenUsage(prompt: tokens(promptBytes), completion: tokens(completionBytes), isEstimated: true)
    }

    private static func tokens(_ bytes: Int) -> Int { bytes / 4 + (bytes % 4 == 0 ? 0 : 1) }
}
