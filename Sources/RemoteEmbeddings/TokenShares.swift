/// The division of a known total among parts with estimated sizes.
package enum TokenShares {
    /// Returns integers that add up to `total`, each as close to its share as that allows (largest remainder method).
    ///
    /// - Parameters:
    ///   - total: 0 to 2³¹.
    ///   - estimates: none negative; if all are 0 the shares are equal.
    package static func divide(_ total: Int, inProportionTo estimates: [Int]) -> [Int] {
        let weights = estimates.map { Double($0) }
        let sum = weights.reduce(0, +)
        let exact = weights.map { sum > 0 ? Double(total) * $0 / sum : Double(total) / Double(estimates.count) }
        var shares = exact.map { Int($0.rounded(.down)) }
        let missing = total - shares.reduce(0, +)
        let byRemainder = exact.indices.sorted { exact[$0] - Double(shares[$0]) > exact[$1] - Double(shares[$1]) }
        // Rounding down leaves a remainder of less than 1 for each part.
        for index in byRemainder.prefix(max(0, missing)) { shares[index] += 1 }
        return shares
    }
}
