public import Telemetry

/// An index event, counted for operators.
public enum IndexEvent: String, CaseIterable, Sendable {
    /// Loaded from its snapshot; created empty, without a snapshot; rebuilt, because the snapshot was unusable or did not match the
    /// catalog.
    case loaded, created, rebuilt
    /// Closed because other indexes needed the memory.
    case closed
    /// Rewritten without deleted rows; graph built or extended; recall measured; binary codes built for filtered search.
    case compacted
    case graphExtended = "graph_extended"
    case recallMeasured = "recall_measured"
    case binaryCodesBuilt = "binary_codes_built"
    case maintenanceFailed = "maintenance_failed"
    case snapshotWritten = "snapshot_written"
    case snapshotFailed = "snapshot_failed"
}

public typealias IndexEvents = CountTable<IndexEvent>
