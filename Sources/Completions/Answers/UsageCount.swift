internal import JSON

/// What an answer costs while it is on its way: in the provider's numbers where it has given some, estimated where not.
///
/// Providers report with the last step, with every step, at the start, or never. What was written after the last report is estimated
/// and added to it, so the same count serves an answer that is complete, one that broke off, and one that nobody read to its end.
struct UsageCount: Sendable {
    /// Beyond this a number is no count of tokens but nonsense, and is not believed. Sums of such counts do not overflow for long.
    static let maximum = 1 << 40

    private let promptBytes: Int
    private var prompt: Int?
    private var completion: Int?
    private var cachedPrompt: Int?
    private var reasoning: Int?
    /// UTF-8 bytes written since the completion was last reported.
    private var unreportedBytes = 0

    init(promptBytes: Int) { self.promptBytes = promptBytes }

    /// The model wrote something.
    mutating func add(_ delta: ChatDelta) {
        unreportedBytes += delta.text.utf8.count + TextBytes.count(delta.other)
    }

    /// The provider counted; what it does not say is `nil` and stays as it was.
    mutating func report(prompt: Int?, completion: Int?, cachedPrompt: Int? = nil, reasoning: Int? = nil) {
        self.prompt = prompt ?? self.prompt
        if let completion { (self.completion, unreportedBytes) = (completion, 0) }
        self.cachedPrompt = cachedPrompt ?? self.cachedPrompt
        self.reasoning = reasoning ?? self.reasoning
    }

    var usage: TokenUsage {
        let estimate = TokenUsage.estimate(promptBytes: promptBytes, completionBytes: unreportedBytes)
        let read = prompt ?? estimate.prompt
        return TokenUsage(
            prompt: read, completion: (completion ?? 0) + estimate.completion, cachedPrompt: cachedPrompt.map { min($0, read) },
            reasoning: reasoning, isEstimated: prompt == nil || completion == nil || unreportedBytes > 0)
    }

    /// A provider's count; `nil` for anything else than a number that can be one.
    static func count(_ value: JSONValue?) -> Int? {
        value?.intValue.flatMap { (0...maximum).contains($0) ? $0 : nil }
    }
}
