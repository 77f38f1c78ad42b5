/// The usage of an answer, in tokens of the model that produced it.
public struct TokenUsage: Hashable, Sendable {
    public var prompt: Int
    public var completion: Int
    /// Part of `prompt` read from the provider's cache; `nil` if not reported.
    public var cachedPrompt: Int?
    /// Part of `completion` spent on reasoning; `nil` if not reported.
    public var reasoning: Int?
    /// Whether the numbers are wholly or partly estimated from bytes.
    public var isEstimated: Bool

    public init(prompt: Int, completion: Int, cachedPrompt: Int? = nil, reasoning: Int? = nil, isEstimated: Bool = false) {
        (self.prompt, self.completion) = (prompt, completion)
        (self.cachedPrompt, self.reasoning, self.isEstimated) = (cachedPrompt, reasoning, isEstimated)
    }

    public var total: Int { Self.sum(prompt, completion) }

    public static let none = TokenUsage(prompt: 0, completion: 0)

    /// Adds two usages; the sum is estimated if one of them is.
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

    /// Estimates usage from UTF-8 bytes, at four bytes per token, as for English prose in current tokenizers.
    public static func estimate(promptBytes: Int, completionBytes: Int) -> TokenUsage {
        TokenUsage(prompt: tokens(promptBytes), completion: tokens(completionBytes), isEstimated: true)
    }

    private static func tokens(_ bytes: Int) -> Int { bytes / 4 + (bytes % 4 == 0 ? 0 : 1) }
}
