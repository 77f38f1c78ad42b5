import Foundation
import GRDB

/// The part of a check that uses SQLite: the structure, and the validity of rows.
struct RowCheck {
    let file: CatalogFile
    /// Whether to read pages without checking them, because their checksums are not contextd's.
    let isForeign: Bool

    struct Outcome {
        var findings: [CatalogCheck.Finding] = []
        var tenants = 0
        var documents = 0
        var passages = 0
    }

    /// - Parameter known: the findings about pages. If there are any, rows are read one by one to name those affected.
    func run(_ known: [CatalogCheck.Finding]) throws -> Outcome {
        let connection = try file.reader(label: "catalog.check")
        defer { try? connection.close() }
        return try connection.unsafeRead { db in
            isForeign ? try CatalogFile.withoutChecking(db) { outcome(known, db) } : outcome(known, db)
        }
    }

    private func outcome(_ known: [CatalogCheck.Finding], _ db: Database) -> Outcome {
        var outcome = Outcome()
        structure(db, &outcome)
        count(db, &outcome)
        let isDamaged = known.contains { $0.kind == .page } || !outcome.findings.isEmpty
        if isDamaged { readable(db, &outcome) } else { rows(db, &outcome) }
        return outcome
    }

    private func structure(_ db: Database, _ outcome: inout Outcome) {
        do {
            let found = try String.fetchAll(db, sql: "PRAGMA integrity_check(\(CatalogCheck.listed))")
            outcome.findings += found.filter { $0 != "ok" }.map { .init(.structure, $0.replacingOccurrences(of: "\n", with: " ")) }
            let orphans = try Row.fetchAll(db, sql: "PRAGMA foreign_key_check")
            outcome.findings += Dictionary(grouping: orphans) { $0["table"] as String }.sorted { $0.key < $1.key }.map { table, rows in
                .init(.structure, "\(rows.count) rows of \(table) reference missing rows")
            }
        } catch {
            outcome.findings.append(.init(.structure, "the structure check stopped: \(Self.text(error))"))
        }
    }

    private func count(_ db: Database, _ outcome: inout Outcome) {
        func number(_ table: String) -> Int { (try? Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)")) ?? 0 }
        (outcome.tenants, outcome.documents, outcome.passages) = (number("tenant"), number("document"), number("chunk"))
    }

    /// Relations between rows that the schema does not enforce.
    private static let relations: [(rule: String, offenders: String)] = [
        (
            "has a wrong passage count",
            """
            SELECT tenant, document_id AS name FROM document WHERE chunk_count <>
                (SELECT count(*) FROM chunk WHERE chunk.tenant = document.tenant AND chunk.document = document.number)
            """
        ),
        (
            "has no text, or text of the wrong length",
            """
            SELECT document.tenant, document_id AS name FROM document LEFT JOIN content
                ON content.tenant = document.tenant AND content.document = document.number
            WHERE content.text IS NULL OR length(content.text) <> text_bytes
            """
        ),
        (
            "has metadata that is not a JSON object",
            """
            SELECT tenant, document_id AS name FROM document
            WHERE CASE WHEN json_valid(metadata) THEN json_type(metadata) <> 'object' ELSE 1 END
            """
        ),
        (
            "has passages outside its text",
            """
            SELECT DISTINCT chunk.tenant, document_id AS name FROM chunk JOIN document
                ON document.tenant = chunk.tenant AND document.number = chunk.document
            WHERE span_start < 0 OR span_end < span_start OR span_end > text_bytes
            """
        ),
        (
            "has a sequence number greater than its tenant's",
            "SELECT document.tenant, document_id AS name FROM document JOIN tenant USING (tenant) WHERE document.sequence > tenant.sequence"
        ),
    ]

    /// Relations of a table that a file which is not migrated yet lacks.
    private static let relationsOfParts: [(rule: String, offenders: String)] = [
        (
            "has parts outside its text",
            """
            SELECT DISTINCT part.tenant, document_id AS name FROM part JOIN document
                ON document.tenant = part.tenant AND document.number = part.document
            WHERE span_start < 0 OR span_end < span_start OR span_end > text_bytes
            """
        )
    ]

    private func rows(_ db: Database, _ outcome: inout Outcome) {
        let hasParts = (try? db.tableExists("part")) ?? false
        for (rule, offenders) in Self.relations + (hasParts ? Self.relationsOfParts : []) {
            do {
                let found = try Row.fetchAll(db, sql: offenders + " LIMIT \(CatalogCheck.listed)")
                outcome.findings += found.map {
                    .init(.row, "document \($0["name"] as String) of tenant \($0["tenant"] as String) \(rule)")
                }
            } catch {
                outcome.findings.append(.init(.row, "a row check stopped: \(Self.text(error))"))
            }
        }
    }

    /// Reports unreadable rows: documents one by one, other tables by tenant.
    private func readable(_ db: Database, _ outcome: inout Outcome) {
        let tenants: [String]
        do { tenants = try String.fetchAll(db, sql: "SELECT tenant FROM tenant") } catch {
            return outcome.findings.append(.init(.row, "the list of tenants cannot be read: \(Self.text(error))"))
        }
        for tenant in tenants {
            documents(of: tenant, db, &outcome)
            for table in ["api_key", "job", "deletion", "usage", "usage_day", "quota", "lineage", "interruption"] {
                read("SELECT * FROM \(table) WHERE tenant = ?", [tenant], "rows of \(table) of tenant \(tenant)", db, &outcome)
            }
        }
    }

    private func documents(of tenant: String, _ db: Database, _ outcome: inout Outcome) {
        var last = Int64.min
        while true {
            let next: Row?
            do {
                next = try Row.fetchOne(
                    db, sql: "SELECT number, document_id FROM document WHERE tenant = ? AND number > ? ORDER BY number LIMIT 1",
                    arguments: [tenant, last])
            } catch {
                return outcome.findings.append(
                    .init(.row, "documents of tenant \(tenant) after number \(last) cannot be listed: \(Self.text(error))"))
            }
            guard let next else { return }
            last = next["number"]
            let name = "document \(next["document_id"] as String) of tenant \(tenant)"
            read("SELECT * FROM document WHERE tenant = ? AND number = ?", [tenant, last], "the row of \(name)", db, &outcome)
            read("SELECT * FROM content WHERE tenant = ? AND document = ?", [tenant, last], "the text of \(name)", db, &outcome)
            read("SELECT * FROM chunk WHERE tenant = ? AND document = ?", [tenant, last], "passages of \(name)", db, &outcome)
            for (table, what) in [("part", "parts"), ("original", "the original")] where (try? db.tableExists(table)) == true {
                read("SELECT * FROM \(table) WHERE tenant = ? AND document = ?", [tenant, last], "\(what) of \(name)", db, &outcome)
            }
        }
    }

    private func read(
        _ sql: String, _ arguments: StatementArguments, _ what: String, _ db: Database, _ outcome: inout Outcome
    ) {
        do {
            let rows = try Row.fetchCursor(db, sql: sql, arguments: arguments)
            while try rows.next() != nil {}
        } catch {
            outcome.findings.append(.init(.row, "\(what) cannot be read: \(Self.text(error))"))
        }
    }

    private static func text(_ error: any Error) -> String {
        guard let error = error as? DatabaseError else { return "\(error)" }
        return error.extendedResultCode == .SQLITE_IOERR_DATA ? "a page is corrupt" : error.message ?? "\(error.resultCode)"
    }
}
