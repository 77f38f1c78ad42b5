internal import Kernels

/// The distribution of a query's cosine over a sample of all rows: the background that a good cosine stands out from.
public struct CosineBackground: Sendable, Equatable {
    public let mean: Float
    public let deviation: Float
    /// Number of live rows in the collection; only a sample of them was compared.
    public let rows: Int

    public init(mean: Float, deviation: Float, rows: Int) {
        (self.mean, self.deviation, self.rows) = (mean, deviation, rows)
    }
}

extension IndexView {
    /// Target sample size; fewer than twice as many rows are compared.
    private static let backgroundSample = 512

    /// Returns mean and standard deviation of the query's cosine with up to 1,023 evenly spaced rows, by their int8 codes.
    ///
    /// - Parameter query: a vector of `dimension` components, L2-normalised.
    /// - Throws: `.dimensionMismatch`; `.notFinite`.
    public func cosineBackground(_ query: [Float]) throws(IndexError) -> CosineBackground {
        try check(query)
        let (code, catalog) = (Int8Code.encode(query.span), state.catalog)
        let step = max(1, catalog.count / Self.backgroundSample)
        let rows = stride(from: step / 2, to: catalog.count, by: step).filter { catalog.isLive($0) }.map { UInt32($0) }
        var scores = [Float](repeating: 0, count: rows.count)
        state.codes.withCodes { bytes in
            var out = scores.mutableSpan
            Int8Code.score(query: code.span, codes: bytes, rows: rows.span, dimension: state.codes.dimension, into: &out)
        }
        // The kernel does not apply the query's scale.
        let scale = query.reduce(0) { max($0, abs($1)) } / 127
        return Self.background(scores.map { $0 * scale }, rows: catalog.liveCount)
    }

    private static func background(_ scores: [Float], rows: Int) -> CosineBackground {
        guard !scores.isEmpty else { return CosineBackground(mean: 0, deviation: 0, rows: rows) }
        let count = Double(scores.count)
        let mean = scores.reduce(0) { $0 + Double($1) } / count
        let variance = scores.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count
        return CosineBackground(mean: Float(mean), deviation: Float(variance.squareRoot()), rows: rows)
    }
}
