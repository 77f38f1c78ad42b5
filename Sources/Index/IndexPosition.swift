/// Which changes of the catalog are in an index: all up to `sequence`, of the history that `lineage` tells.
///
/// To the index both are numbers that it keeps. Whether the catalog ever was there, only the catalog can tell.
public struct IndexPosition: Hashable, Sendable {
    public let sequence: Int64
    public let lineage: Int64

    /// Of an index in which nothing is.
    public static let start = IndexPosition(sequence: 0, lineage: 0)

    public init(sequence: Int64, lineage: Int64) { (self.sequence, self.lineage) = (sequence, lineage) }
}

/// What the rows of an index stand for.
public struct IndexContents: Sendable {
    public let position: IndexPosition
    /// Live chunks by document.
    public let chunks: [Int64: Set<Int64>]
}
