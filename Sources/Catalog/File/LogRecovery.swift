import Foundation

/// Inspects and repairs the write-ahead log before SQLite reads it, because SQLite silently drops invalid frames.
struct LogRecovery {
    let file: CatalogFile
    let report: CatalogNotice.Handler

    /// Repairs flipped bits, and copies a log with lost changes; does both only while no other process uses the file.
    func run(_ ownership: FileOwnership) {
        guard LogInspection(file) != .sound else { return }
        // Inspect again: another process may have written during the first inspection.
        ownership.whileOwning { repair(LogInspection(file)) }
    }

    private func repair(_ found: LogInspection) {
        switch found {
        case .sound: break
        case .repairable(let repairs):
            let facts = ["log": file.log.path, "bits": "\(repairs.count)"]
            guard LogFile(file.log, isWritable: true)?.write(repairs) == true else {
                return report(CatalogNotice(.error, "flipped bits in the catalog's write-ahead log could not be repaired", facts))
            }
            report(CatalogNotice(.error, "flipped bits in the catalog's write-ahead log were repaired; check the disk", facts))
            // The frames after the last repair may still be corrupt.
            if case .damaged(let reason) = LogInspection(file) { lose(reason) }
        case .damaged(let reason): lose(reason)
        }
    }

    private func lose(_ reason: String) {
        var facts = ["code": "catalog_log_damaged", "reason": reason]
        if let copy = keepCopy() { facts["copy"] = copy.path }
        report(
            CatalogNotice(
                .error, "the write-ahead log is corrupt: changes acknowledged before the last stop are lost; restore a backup", facts))
        file.clearMark()
    }

    /// Copies the log beside itself, so that its contents can be examined later.
    private func keepCopy() -> URL? {
        guard FileManager.default.fileExists(atPath: file.log.path) else { return nil }
        let copy = URL(filePath: file.damagedLogPrefix + "\(Int(Date().timeIntervalSince1970))")
        return (try? FileManager.default.copyItem(at: file.log, to: copy)) == nil ? nil : copy
    }
}

extension CatalogFile {
    /// Path prefix of the copies of corrupt logs; the time of the copy in seconds follows.
    var damagedLogPrefix: String { log.path + ".damaged-" }

    /// The existing copies of corrupt logs.
    var damagedLogs: [URL] {
        let folder = url.deletingLastPathComponent()
        let prefix = URL(filePath: damagedLogPrefix).lastPathComponent
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasPrefix(prefix) }.sorted().map { folder.appending(path: $0) }
    }
}
