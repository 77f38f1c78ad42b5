internal import JSON

/// The usage of an answer in progress: the provider's numbers if reported, estimates otherwise.
///
/// Providers report usage with the last step, with every step, at the start, or never. Text after the last report is estimated and added,
/// so the same count serves complete, interrupted and abandoned answers.
struct UsageCount: Sendable {
    /// Maximum plausible token count; larger reported numbers are ignored. Sums of such counts stay far from overflow.
    static let maximum = 1 << 40

    private let promptBytes: Int
    private var prompt: Int?
    private var completion: Int?
    private var cachedPrompt: Int?
    private var reasoning: Int?
    /// UTF-8 bytes of output since completion tokens were last reported.
    private var unreportedBytes = 0

    init(promptBytes: Int) { self.promptBytes = promptBytes }

    /// Adds output of the model.
    mutating func add(_ delta: ChatDelta) {
        unreportedBytes += delta.text.utf8.count + TextBytes.count(delta.other)
    }

    /// Records the provider's counts; a `nil` count leaves the previous value.
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

    /// Returns a provider's count; `nil` for anything but a plausible number.
    static func count(_ value: JSONValue?) -> Int? {
        value?.intValue.flatMap { (0...maximum).contains($0) ? $0 : nil }
    }
}
