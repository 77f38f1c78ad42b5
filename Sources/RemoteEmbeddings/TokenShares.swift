/// Divides a sum that is known among parts that are estimated.
package enum TokenShares {
    /// Whole numbers that add up to `total`, each as near to its share as that allows (largest remainders).
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
        // Rounding down leaves less than one for each.
        for index in byRemainder.prefix(max(0, missing)) { shares[index] += 1 }
        return shares
    }
}
