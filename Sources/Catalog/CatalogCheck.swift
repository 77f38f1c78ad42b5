public import Foundation
import GRDB

/// The findings of a check of a catalog.
public struct CatalogCheck: Sendable {
    /// One damaged or missing thing.
    public struct Finding: Sendable {
        public enum Kind: String, Sendable {
            /// Pages of the file that are not what was written.
            case page
            /// Frames of the write-ahead log, and what was lost with them.
            case log
            /// Tables and indexes that contradict themselves.
            case structure
            /// Rows that cannot be right, or cannot be read.
            case row
        }
        public let kind: Kind
        /// For the operator: names and numbers, never text of documents.
        public let detail: String

        public init(_ kind: Kind, _ detail: String) { (self.kind, self.detail) = (kind, detail) }
    }

    public let findings: [Finding]
    public let pages: Int
    /// Whether pages have checksums that are contextd's: not in a catalog of an earlier version, nor in what another program wrote.
    public let hasChecksums: Bool
    public let tenants: Int
    public let documents: Int
    public let passages: Int

    public var isSound: Bool { findings.isEmpty }

    /// At most so many findings of a kind are listed.
    static let listed = 20

    /// Reads everything and changes nothing; may run beside a server.
    ///
    /// - Throws: `.unusable` where there is no catalog, or it is no database.
    public init(file url: URL) throws(CatalogError) {
        let file = CatalogFile(url: url)
        do {
            try CatalogFile.register()
            guard let summary = try file.summary() else { throw CatalogError(.unusable, "there is no catalog at \(url.path)") }
            var findings = Self.logFindings(file)
            (pages, hasChecksums) = (summary.pages, summary.hasChecksums && !summary.isForeign)
            if hasChecksums { findings += Self.pageFindings(try file.scan()) }
            let rows = try Self.rows(file, summary, findings)
            (tenants, documents, passages) = (rows.tenants, rows.documents, rows.passages)
            self.findings = findings + rows.findings
        } catch let error as CatalogError {
            throw error
        } catch {
            throw CatalogError(.unusable, "\(url.path) cannot be read as a catalog: \(error)")
        }
    }

    /// Where pages are damaged SQLite may not even open the file.
    private static func rows(_ file: CatalogFile, _ summary: CatalogFile.Summary, _ known: [Finding]) throws -> RowCheck.Outcome {
        do { return try RowCheck(file: file, isForeign: summary.isForeign).run(known) } catch {
            guard !known.isEmpty else { throw error }
            var outcome = RowCheck.Outcome()
            outcome.findings.append(Finding(.structure, "the file cannot be opened as a catalog: \(error)"))
            return outcome
        }
    }

    private static func logFindings(_ file: CatalogFile) -> [Finding] {
        var findings: [Finding] = []
        switch LogInspection(file) {
        case .sound: break
        case .repairable(let repairs):
            findings.append(Finding(.log, "\(repairs.count) bits of \(file.log.path) are flipped; the next start repairs them"))
        case .damaged(let reason):
            findings.append(Finding(.log, "\(file.log.path): \(reason); changes that were acknowledged are lost"))
        }
        for copy in file.damagedLogs {
            findings.append(
                Finding(.log, "acknowledged changes were lost with a damaged log, kept as \(copy.path); restore a backup, or remove the copy"))
        }
        return findings
    }

    private static func pageFindings(_ scan: (damaged: [Int], count: Int)) -> [Finding] {
        var findings = scan.damaged.prefix(listed).map { Finding(.page, "page \($0) does not match its checksum") }
        if scan.count > findings.count { findings.append(Finding(.page, "\(scan.count - findings.count) more pages do not match")) }
        return findings
    }
}
