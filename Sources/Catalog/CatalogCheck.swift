public import Foundation
import GRDB

/// The result of a catalog check.
public struct CatalogCheck: Sendable {
    /// A corrupt or missing item.
    public struct Finding: Sendable {
        public enum Kind: String, Sendable {
            /// Corrupt pages of the database file.
            case page
            /// Corrupt frames of the write-ahead log, and the changes lost with them.
            case log
            /// Inconsistent tables and indexes.
            case structure
            /// Rows that are invalid or unreadable.
            case row
            /// Originals that documents refer to, but that are missing from the store.
            case original
        }
        public let kind: Kind
        /// The message for the operator: names and numbers, never text of documents.
        public let detail: String

        public init(_ kind: Kind, _ detail: String) { (self.kind, self.detail) = (kind, detail) }
    }

    public private(set) var findings: [Finding]
    public let pages: Int
    /// Whether the pages have contextd's checksums. Catalogs of earlier versions and files written by other programs do not.
    public let hasChecksums: Bool
    public let tenants: Int
    public let documents: Int
    public let passages: Int

    public var isSound: Bool { findings.isEmpty }

    /// Maximum number of listed findings per kind.
    static let listed = 20

    /// Tells whether the store has an original of this size.
    public typealias HasOriginal = (_ owner: String, _ digest: String, _ bytes: Int) -> Bool

    /// Checks the whole file without changing it; may run beside a server.
    ///
    /// - Parameter hasOriginal: looks for the originals that documents refer to; `nil` to check the catalog alone.
    /// - Throws: `.unusable` if the file is missing or is not a database.
    public init(file url: URL, hasOriginal: HasOriginal? = nil) throws(CatalogError) {
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
            if let hasOriginal, isSound {
                self.findings = try OriginalCheck(file: file, isForeign: summary.isForeign).findings(hasOriginal)
            }
        } catch {
            throw error as? CatalogError ?? CatalogError(.unusable, "\(url.path) cannot be read as a catalog: \(error)")
        }
    }

    /// Checks the rows. If pages are corrupt, SQLite may be unable to open the file; that becomes a finding.
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
            findings.append(Finding(.log, "\(file.log.path): \(reason); acknowledged changes are lost"))
        }
        for copy in file.damagedLogs {
            findings.append(
                Finding(.log, "a corrupt log, kept as \(copy.path), lost acknowledged changes; restore a backup or remove the copy"))
        }
        return findings
    }

    private static func pageFindings(_ scan: (damaged: [Int], count: Int)) -> [Finding] {
        var findings = scan.damaged.prefix(listed).map { Finding(.page, "page \($0) does not match its checksum") }
        if scan.count > findings.count { findings.append(Finding(.page, "\(scan.count - findings.count) more corrupt pages")) }
        return findings
    }
}
