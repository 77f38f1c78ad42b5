/// The vectors of a list of texts, in the same order.
public struct EmbeddingBatch: Sendable {
    /// `count × dimension` components, row-major; each row L2-normalised.
    public let vectors: [Float]
    public let dimension: Int
    /// Number of tokens of each text as the model read it: after truncation, including [CLS] and [SEP].
    public let tokenCounts: [Int]

    public init(vectors: [Float], dimension: Int, tokenCounts: [Int]) {
        precondition(vectors.count == dimension * tokenCounts.count, "vectors must have \(dimension) components for each text")
        self.vectors = vectors
        self.dimension = dimension
        self.tokenCounts = tokenCounts
    }

    public var count: Int { tokenCounts.count }

    /// Returns row `row`: `dimension` components. The slice keeps the indices of `vectors`.
    public func vector(_ row: Int) -> ArraySlice<Float> { vectors[row * dimension..<(row + 1) * dimension] }
}
