public import Telemetry

/// What happens to indexes, as it is counted for operators.
public enum IndexEvent: String, CaseIterable, Sendable {
    /// Opened from its snapshot; nothing was there, and it began empty; the snapshot would not do, and it is made anew.
    case loaded, begun, rebuilt
    /// Closed because others needed the memory.
    case closed
    /// Rewritten without deleted rows; the graph built or extended; recall measured; signs made for filters.
    case compacted
    case graphExtended = "graph_extended"
    case recallMeasured = "recall_measured"
    case signsMade = "signs_made"
    case upkeepFailed = "upkeep_failed"
    case snapshotWritten = "snapshot_written"
    case snapshotFailed = "snapshot_failed"
}

public typealias IndexEvents = CountTable<IndexEvent>
