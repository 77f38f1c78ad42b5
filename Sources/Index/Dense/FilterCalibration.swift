/// The costs of a filtered search on this machine and in this index, from which `DenseConditions` chooses the plan. Maintenance measures
/// them when it builds the binary codes.
package struct FilterCalibration: Sendable, Equatable {
    /// Time to score one of many rows that are not consecutive, in nanoseconds.
    package var gatheredRowNanoseconds: Double
    /// Time to compare the binary code of one row and to select the nearest rows, in nanoseconds per row.
    package var binaryCodeRowNanoseconds: Double
    /// Time by which a graph search takes longer if `ef` is larger by one, in nanoseconds.
    package var efNanoseconds: Double
    /// Exponent of 1 / (share of eligible rows) by which `ef` must grow to keep the recall.
    package var efGrowth: Double

    package init(gatheredRowNanoseconds: Double, binaryCodeRowNanoseconds: Double, efNanoseconds: Double, efGrowth: Double) {
        (self.gatheredRowNanoseconds, self.binaryCodeRowNanoseconds) = (gatheredRowNanoseconds, binaryCodeRowNanoseconds)
        (self.efNanoseconds, self.efGrowth) = (efNanoseconds, efGrowth)
    }

    /// Values to begin with, measured on one machine at 384 components.
    package static let initial = FilterCalibration(
        gatheredRowNanoseconds: 12, binaryCodeRowNanoseconds: 3, efNanoseconds: 380, efGrowth: 0.2)
}
