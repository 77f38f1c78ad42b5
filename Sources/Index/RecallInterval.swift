/// The statistics of a recall estimate: the mean over queries and its 95 % confidence interval.
///
/// Whether one neighbour is found depends on whether the query's other neighbours are, so `n` queries with `k` neighbours each
/// tell less than `n · k` independent trials. The interval is Wilson's with the number of trials divided by the design effect: the
/// variance between queries over that of independent trials. A few misses say little about the design effect, and none says nothing;
/// so it is shrunk towards 4, which graph searches over sentence vectors do not exceed.
///
/// Source: Wilson, "Probable inference, the law of succession, and statistical inference", 1927; Kish, "Survey sampling", 1965.
package struct RecallInterval: Sendable, Equatable {
    package let mean: Double
    package let lower: Double
    package let upper: Double

    /// The 0.975 quantile of the normal distribution: the truth is outside the interval with a probability of 0.05.
    package static let twoSided = 1.959964
    /// The 0.95 quantile: the truth is below the interval with a probability of 0.05.
    package static let oneSided = 1.644854
    /// Expected design effect, and the weight of this expectation in misses.
    private static let prior = (effect: 4.0, weight: 2.0)

    /// - Parameters:
    ///   - found: per query, the number of its nearest rows that the search found, `0...neighbours`.
    ///   - neighbours: number of nearest rows of each query, at least 1.
    ///   - quantile: `twoSided` or `oneSided`.
    /// - Returns: `nil` if there are no queries.
    package init?(found: [Int], neighbours: Int, quantile z: Double = RecallInterval.twoSided) {
        guard !found.isEmpty, neighbours > 0 else { return nil }
        let trials = Double(found.count * neighbours)
        let share = Double(found.reduce(0, +)) / trials
        let effect = Self.designEffect(found, mean: share * Double(neighbours), independent: trials * share * (1 - share))
        let size = trials / min(max(effect, 1), Double(neighbours))
        let centre = (share + z * z / (2 * size)) / (1 + z * z / size)
        let half = z * (share * (1 - share) / size + z * z / (4 * size * size)).squareRoot() / (1 + z * z / size)
        // The interval contains the mean in exact arithmetic; rounding must not exclude it.
        (mean, lower, upper) = (share, min(max(centre - half, 0), share), max(min(centre + half, 1), share))
    }

    /// Returns the squared deviations between queries, divided by their expected sum for independent trials.
    private static func designEffect(_ found: [Int], mean: Double, independent: Double) -> Double {
        let squares = found.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
        return (squares + prior.weight * prior.effect) / (independent + prior.weight)
    }
}
