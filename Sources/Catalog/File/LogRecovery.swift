import Foundation

/// Looks at the write-ahead log before SQLite does, which drops what does not hold without a word.
struct LogRecovery {
    let file: CatalogFile
    let report: CatalogNotice.Handler

    /// Flips single bits back, and keeps a copy of a log of which something is lost; both only if no other process uses the file.
    func run(_ ownership: FileOwnership) {
        guard LogInspection(file) != .sound else { return }
        // What was found while another process could write is not relied on.
        ownership.whileOwning { repair(LogInspection(file)) }
    }

    private func repair(_ found: LogInspection) {
        switch found {
        case .sound: break
        case .repairable(let repairs):
            let facts = ["log": file.log.path, "bits": "\(repairs.count)"]
            guard LogFile(file.log, isWritable: true)?.write(repairs) == true else {
                return report(CatalogNotice(.error, "flipped bits in the catalog's log could not be repaired", facts))
            }
            report(CatalogNotice(.error, "flipped bits in the catalog's log were repaired; look after the disk", facts))
            // What follows the last repair may still be damaged.
            if case .damaged(let reason) = LogInspection(file) { lose(reason) }
        case .damaged(let reason): lose(reason)
        }
    }

    private func lose(_ reason: String) {
        var facts = ["code": "catalog_log_damaged", "reason": reason]
        if let copy = keepCopy() { facts["copy"] = copy.path }
        report(
            CatalogNotice(
                .error, "the catalog's log is damaged: changes that were acknowledged before the last stop are lost; restore a backup", facts))
        file.clearMark()
    }

    /// Beside the log, so that what is in it can still be looked for.
    private func keepCopy() -> URL? {
        guard FileManager.default.fileExists(atPath: file.log.path) else { return nil }
        let copy = URL(filePath: file.damagedLogPrefix + "\(Int(Date().timeIntervalSince1970))")
        return (try? FileManager.default.copyItem(at: file.log, to: copy)) == nil ? nil : copy
    }
}

extension CatalogFile {
    /// Copies of damaged logs are named so, with the second in which they were made.
    var damagedLogPrefix: String { log.path + ".damaged-" }

    /// Copies of damaged logs that are kept.
    var damagedLogs: [URL] {
        let folder = url.deletingLastPathComponent()
        let prefix = URL(filePath: damagedLogPrefix).lastPathComponent
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasPrefix(prefix) }.sorted().map { folder.appending(path: $0) }
    }
}
