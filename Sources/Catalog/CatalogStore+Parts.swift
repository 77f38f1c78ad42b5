public import Citing
import Foundation
import GRDB
import JSON
import Tenancy

/// The parts of a document, in numbers and names.
public struct DocumentParts: Hashable, Sendable {
    /// Number of parts by kind, those without text included.
    public var counts: [PassagePart.Kind: Int] = [:]
    /// Names of the first sheets and attachments, in order: at most `maximumNames` of each kind. A part without a name has its number.
    public var names: [PassagePart.Kind: [String]] = [:]

    public static let maximumNames = 100

    public init() {}
}

extension CatalogStore {
    /// Replaces the parts of a document.
    static func writeParts(_ parts: [PassagePart], of document: Int64, in scope: TenantScope, _ db: Database) throws {
        try db.run("DELETE FROM part WHERE tenant = ? AND document = ?", [scope.tenant.rawValue, document])
        guard !parts.isEmpty else { return }
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO part (tenant, document, span_start, ordinal, span_end, kind, number, label) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """)
        for (ordinal, part) in parts.enumerated() {
            try statement.execute(arguments: [
                scope.tenant.rawValue, document, part.span.lowerBound, ordinal, part.span.upperBound, part.kind.rawValue, part.number,
                part.label,
            ])
        }
    }

    /// An expression for the parts that a row of `chunk` has text of, which `parts(_:)` reads. The first of them is the last one that begins
    /// at or before the chunk, so that one lookup by key finds it.
    static let chunkParts = """
        (SELECT json_group_array(json_array(kind, number, label, span_start, span_end)) FROM part
            WHERE part.tenant = chunk.tenant AND part.document = chunk.document AND part.span_start < chunk.span_end
                AND part.span_end > chunk.span_start AND part.span_end > part.span_start
                AND part.span_start >= coalesce(
                    (SELECT max(before.span_start) FROM part AS before
                        WHERE before.tenant = chunk.tenant AND before.document = chunk.document AND before.span_start <= chunk.span_start),
                    0))
        """

    /// An expression for the parts of a row of `document`, which `documentParts(_:)` reads.
    static let documentParts = """
        (SELECT json_group_array(json_array(kind, parts, names)) FROM
            (SELECT kind, count(*) AS parts, json_group_array(coalesce(label, CAST(number AS TEXT)))
                FILTER (WHERE kind IN ('sheet', 'attachment') AND number <= \(DocumentParts.maximumNames)) AS names
            FROM (SELECT * FROM part WHERE part.tenant = document.tenant AND part.document = document.number ORDER BY kind, ordinal)
            GROUP BY kind))
        """

    static func parts(of document: Int64, in scope: TenantScope, _ db: Database) throws -> DocumentParts {
        let sql = "SELECT \(documentParts) FROM document WHERE tenant = ? AND number = ?"
        return Self.documentParts(try db.value(sql, [scope.tenant.rawValue, document]) ?? "[]")
    }

    /// Reads the value of `chunkParts`.
    static func parts(_ text: String) -> [PassagePart] {
        if text == "[]" { return [] }
        return array(text).compactMap { value -> PassagePart? in
            guard let fields = value.arrayValue, fields.count == 5, let kind = fields[0].stringValue.flatMap(PassagePart.Kind.init),
                let number = fields[1].intValue, let start = fields[3].intValue, let end = fields[4].intValue, start < end
            else { return nil }
            return PassagePart(kind: kind, number: number, label: fields[2].stringValue, span: start..<end)
        }.sorted { $0.span.lowerBound < $1.span.lowerBound }
    }

    /// Reads the value of `documentParts`.
    static func documentParts(_ text: String) -> DocumentParts {
        var parts = DocumentParts()
        if text == "[]" { return parts }
        for value in array(text) {
            guard let fields = value.arrayValue, fields.count == 3, let kind = fields[0].stringValue.flatMap(PassagePart.Kind.init) else {
                continue
            }
            parts.counts[kind] = fields[1].intValue
            let names = (fields[2].stringValue.map(array) ?? fields[2].arrayValue ?? []).compactMap(\.stringValue)
            if !names.isEmpty { parts.names[kind] = names }
        }
        return parts
    }

    private static func array(_ text: String) -> [JSONValue] {
        (try? JSONValue(parsing: Array(text.utf8), limits: .trusted))?.arrayValue ?? []
    }
}
