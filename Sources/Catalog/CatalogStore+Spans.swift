import Foundation
import GRDB
public import Tenancy

extension CatalogStore {
    /// The bytes that stand at places of documents now, all of one moment.
    ///
    /// - Parameter places: UTF-8 bytes of the documents' extracted text.
    /// - Returns: for each place its bytes; `nil` where the tenant has no such document, or its text does not reach so far.
    public func bytes(
        at places: [(document: DocumentID, span: Range<Int>)], in scope: TenantScope
    ) async throws -> [[UInt8]?] {
        try await read(in: scope) { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT substr(content.text, ?, ?) FROM document JOIN content
                        ON content.tenant = document.tenant AND content.document = document.number
                    WHERE document.tenant = ? AND document.document_id = ?
                    """)
            return try places.map { place in
                let (start, count) = (place.span.lowerBound, place.span.count)
                // SQL counts from 1, takes what begins before that as from the end, and has 32 bits for either number.
                guard start >= 0, place.span.upperBound < Int(Int32.max) else { return nil }
                let bytes = try Data.fetchOne(
                    statement, arguments: [start + 1, count, scope.tenant.rawValue, place.document.rawValue])
                return bytes.flatMap { $0.count == count ? Array($0) : nil }
            }
        }
    }
}
