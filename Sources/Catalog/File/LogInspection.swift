import Foundation

/// The result of inspecting the write-ahead log before SQLite reads it.
enum LogInspection: Equatable {
    /// All acknowledged changes are there.
    case sound
    /// Single bits were flipped and can be repaired.
    case repairable([LogFrames.Repair])
    /// Acknowledged changes are lost; SQLite would continue without them.
    case damaged(reason: String)

    /// Inspects the log of a catalog; repeats if another process changed the log meanwhile.
    init(_ file: CatalogFile) {
        for _ in 0..<4 {
            let mark = file.mark()
            let found = Self.look(file, mark)
            if found == .sound || file.mark() == mark {
                self = found
                return
            }
        }
        self = .sound
    }

    private static func look(_ file: CatalogFile, _ mark: CatalogFile.Mark?) -> LogInspection {
        guard let log = LogFile(file.log), log.length > 0 else { return missing("the log is missing", file, mark) }
        guard let frames = LogFrames(log, of: file, mark) else { return missing("the log header is corrupt", file, mark) }
        if !frames.repairs.isEmpty { return .repairable(frames.repairs) }
        let bad = frames.firstBadFrame.map { "frame \($0) of the log is corrupt" } ?? "the log is truncated"
        if let mark, mark.salts == frames.salts, mark.end > frames.committedEnd {
            return file.holds(mark) == true ? .sound : .damaged(reason: bad)
        }
        // Each commit is flushed before the next one begins: two commits after the invalid frame mean that one was acknowledged.
        return frames.laterCommits > 1 ? .damaged(reason: bad) : .sound
    }

    private static func missing(_ reason: String, _ file: CatalogFile, _ mark: CatalogFile.Mark?) -> LogInspection {
        guard let mark, mark.end > LogHeader.bytes, file.holds(mark) == false else { return .sound }
        return .damaged(reason: reason)
    }
}
