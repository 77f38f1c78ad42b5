/// The vectors of some texts, in the order of the texts.
public struct EmbeddingBatch: Sendable {
    /// `count × dimension` components, row-major; each row L2-normalised.
    public let vectors: [Float]
    public let dimension: Int
    /// Tokens of each text as the model read it: truncated, [CLS] and [SEP] included.
    public let tokenCounts: [Int]

    public init(vectors: [Float], dimension: Int, tokenCounts: [Int]) {
        precondition(vectors.count == dimension * tokenCounts.count, "a batch is a whole number of rows")
        self.vectors = vectors
        self.dimension = dimension
        self.tokenCounts = tokenCounts
    }

    public var count: Int { tokenCounts.count }

    /// Row `row`: `dimension` components. The slice keeps the indices of `vectors`.
    public func vector(_ row: Int) -> ArraySlice<Float> { vectors[row * dimension..<(row + 1) * dimension] }
}
