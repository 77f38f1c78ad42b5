internal import Foundation

/// How a dense search finds its candidates.
public enum DensePlan: Hashable, Sendable {
    /// Scores all eligible rows.
    case scan
    /// Searches the graph with a candidate list of `ef` rows, and scans the rows that the graph does not cover.
    case graph(ef: Int)
    /// Selects eligible rows by their binary codes and scores `pool` of them.
    case binaryThenScan(pool: Int)

    public enum Kind: String, CaseIterable, Sendable {
        case scan, graph
        case binaryThenScan = "binary_then_scan"
    }

    public var kind: Kind {
        switch self {
        case .scan: .scan
        case .graph: .graph
        case .binaryThenScan: .binaryThenScan
        }
    }
}

/// The properties of an index and a query that determine the plan of a dense search.
package struct DenseConditions: Sendable {
    /// Rows of the index, and rows that may be results.
    package var rows: Int
    package var eligible: Int
    /// Rows that the graph covers; 0 if there is no graph.
    package var graphRows: Int
    package var isFiltered: Bool
    package var limit: Int
    /// `ef` without a filter; `nil` for an exact search.
    package var ef: Int?
    /// Number of rows to score if binary codes select them; `nil` if they cannot.
    package var binaryPool: Int?
    package var calibration: FilterCalibration

    package init(
        rows: Int, eligible: Int, graphRows: Int, isFiltered: Bool, limit: Int, ef: Int?, binaryPool: Int?,
        calibration: FilterCalibration = .initial
    ) {
        (self.rows, self.eligible, self.graphRows, self.isFiltered) = (rows, eligible, graphRows, isFiltered)
        (self.limit, self.ef, self.binaryPool, self.calibration) = (limit, ef, binaryPool, calibration)
    }

    /// The share of all rows that are eligible.
    package var share: Double { Double(eligible) / Double(max(rows, 1)) }

    /// The fastest plan that finds the nearest rows: a graph search, unless there is no graph, `ef` would be too large for it, or the filter
    /// is so selective that scoring the eligible rows is faster.
    package var plan: DensePlan { graphEf.map { .graph(ef: $0) } ?? planWithoutGraph }

    /// The plan if a graph search finds too few eligible rows, because they are not near the query.
    package var planWithoutGraph: DensePlan {
        guard ef != nil, isFiltered, let binaryPool else { return .scan }
        return .binaryThenScan(pool: binaryPool)
    }

    private var graphEf: Int? {
        guard let ef, graphRows > 0 else { return nil }
        let grown = Self.increased(ef, share: share, limit: limit, growth: calibration.efGrowth)
        guard grown <= min(65_536, graphRows / 8) else { return nil }
        return isFiltered && nanosecondsWithoutGraph <= Double(grown) * calibration.efNanoseconds ? nil : grown
    }

    /// The time that scoring the eligible rows takes, or those of them that binary codes select.
    private var nanosecondsWithoutGraph: Double {
        guard let binaryPool else { return Double(eligible) * calibration.gatheredRowNanoseconds }
        return Double(eligible) * calibration.binaryCodeRowNanoseconds + Double(binaryPool) * calibration.gatheredRowNanoseconds
    }

    /// Returns `ef` increased for a filter. Graph search also keeps ineligible rows as candidates, so `ef` must be at least so large that a
    /// random filter leaves twice `limit` eligible candidates. Beyond that it grows by a small power only: the search meets about ten times
    /// as many rows as it keeps, and drops no eligible row that is good enough.
    static func increased(_ ef: Int, share: Double, limit: Int, growth: Double) -> Int {
        let passing = 1 / max(share, 1e-9)
        let minimum = passing > 1 ? 2 * Double(limit) * passing : Double(limit)
        return Int(min(max(Double(ef) * pow(passing, growth), minimum), 1e9).rounded(.up))
    }
}
