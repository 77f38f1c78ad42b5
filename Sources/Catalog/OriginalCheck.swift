import GRDB

/// The part of a check that compares the rows of originals with their store.
struct OriginalCheck {
    let file: CatalogFile
    let isForeign: Bool

    func findings(_ hasOriginal: CatalogCheck.HasOriginal) throws -> [CatalogCheck.Finding] {
        let connection = try file.reader(label: "catalog.check.originals")
        defer { try? connection.close() }
        return try connection.unsafeRead { db in
            try isForeign ? CatalogFile.withoutChecking(db) { try missing(db, hasOriginal) } : missing(db, hasOriginal)
        }
    }

    private func missing(_ db: Database, _ hasOriginal: CatalogCheck.HasOriginal) throws -> [CatalogCheck.Finding] {
        // A file that is not migrated yet has none.
        guard try db.tableExists("original") else { return [] }
        var (findings, count): ([CatalogCheck.Finding], Int) = ([], 0)
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT original.tenant, document_id, owner, digest, bytes FROM original JOIN document
                    ON document.tenant = original.tenant AND document.number = original.document
                """)
        while let row = try rows.next() {
            guard !hasOriginal(row["owner"], row["digest"], row["bytes"]) else { continue }
            count += 1
            guard count <= CatalogCheck.listed else { continue }
            let name = "document \(row["document_id"] as String) of tenant \(row["tenant"] as String)"
            findings.append(.init(.original, "the original of \(name) is missing"))
        }
        if count > findings.count { findings.append(.init(.original, "\(count - findings.count) more originals are missing")) }
        return findings
    }
}
