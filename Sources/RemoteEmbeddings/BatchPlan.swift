/// The division of one call's texts into requests: consecutive runs, each within the limits.
package enum BatchPlan {
    /// - Parameters:
    ///   - tokens: number of tokens of each text.
    ///   - maxTexts: maximum number of texts in one request, at least 1.
    ///   - maxTokens: maximum number of tokens in one request; a text with more is a request of its own.
    /// - Returns: ranges that cover `tokens.indices` in order; none is empty.
    package static func runs(_ tokens: [Int], maxTexts: Int, maxTokens: Int) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var (start, sum) = (0, 0)
        for (index, count) in tokens.enumerated() {
            if index > start && (index - start >= maxTexts || sum + count > maxTokens) {
                runs.append(start..<index)
                (start, sum) = (index, 0)
            }
            sum += count
        }
        if start < tokens.count { runs.append(start..<tokens.count) }
        return runs
    }
}
