/// The catalog changes that an index contains: all up to `sequence`, in the history that `lineage` identifies.
///
/// The index only stores both numbers. Only the catalog can tell whether its own history contains that position.
public struct IndexPosition: Hashable, Sendable {
    public let sequence: Int64
    public let lineage: Int64

    /// The position of an empty index.
    public static let start = IndexPosition(sequence: 0, lineage: 0)

    public init(sequence: Int64, lineage: Int64) { (self.sequence, self.lineage) = (sequence, lineage) }
}

/// The chunks and documents that an index contains.
public struct IndexContents: Sendable {
    public let position: IndexPosition
    /// Live chunk IDs, by document ID.
    public let chunks: [Int64: Set<Int64>]
}
