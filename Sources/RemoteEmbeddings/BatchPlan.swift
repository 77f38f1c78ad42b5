/// How the texts of one call are divided into requests: runs in order, each within the bounds.
package enum BatchPlan {
    /// - Parameters:
    ///   - tokens: of each text.
    ///   - maxTexts: of one request, at least 1.
    ///   - maxTokens: of one request; a text with more is a request of its own.
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
