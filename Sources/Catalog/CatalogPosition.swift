/// A point in the history of a tenant's documents: the last change, and the history it belongs to.
///
/// A sequence number alone does not identify a state: a catalog that was restored from a backup, or that lost its last changes, assigns the
/// same numbers to other changes. Each opened catalog therefore has a random number, the lineage, and records for each tenant the first
/// change made under it. Two histories that diverge share no lineage after the point of divergence.
public struct CatalogPosition: Hashable, Sendable {
    /// Sequence number of the last change.
    public let sequence: Int64
    /// The random number of the process that made the change.
    public let lineage: Int64

    /// The position before the first change, common to all catalogs.
    public static let start = CatalogPosition(sequence: 0, lineage: 0)

    public init(sequence: Int64, lineage: Int64) { (self.sequence, self.lineage) = (sequence, lineage) }
}
