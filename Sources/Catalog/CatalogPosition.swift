/// A state that a tenant's documents had: after which change, and in which history.
///
/// Numbers of changes alone do not tell a state: a catalog that was restored from a backup, or lost its last changes, counts on from where
/// it is and gives the same numbers to other changes. So each opened catalog has a random number, the lineage, and keeps for each tenant from
/// which change on it made them. Two histories that part have no lineage in common after the point at which they do.
public struct CatalogPosition: Hashable, Sendable {
    /// Number of the last change.
    public let sequence: Int64
    /// The random number of the process that made it.
    public let lineage: Int64

    /// Before the first change: a state that every catalog had.
    public static let start = CatalogPosition(sequence: 0, lineage: 0)

    public init(sequence: Int64, lineage: Int64) { (self.sequence, self.lineage) = (sequence, lineage) }
}
