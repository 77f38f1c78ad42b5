import Foundation
import GRDB
public import Tenancy

extension CatalogStore {
    /// Returns the current bytes at the given places of documents, from one snapshot.
    ///
    /// - Parameter places: documents, and byte ranges of their extracted text in UTF-8.
    /// - Returns: the bytes of each place; `nil` if the tenant has no such document or its text is too short.
    public func bytes(
        at places: [(document: DocumentID, span: Range<Int>)], in scope: TenantScope
    ) async throws -> [[UInt8]?] {
        try await read(in: scope) { db in
            let sql = """
                SELECT substr(content.text, ?, ?) FROM document JOIN content
                    ON content.tenant = document.tenant AND content.document = document.number
                WHERE document.tenant = ? AND document.document_id = ?
                """
            return try places.map { place in
                let (start, count) = (place.span.lowerBound, place.span.count)
                // `substr` counts from 1, counts lower starts from the end, and takes 32-bit numbers.
                guard start >= 0, place.span.upperBound < Int(Int32.max) else { return nil }
                let bytes: Data? = try db.value(sql, [start + 1, count, scope.tenant.rawValue, place.document.rawValue])
                return bytes.flatMap { $0.count == count ? Array($0) : nil }
            }
        }
    }
}
