import GRDB
import JSON
import Tenancy

// Conditions of writes, checked in the transaction of the write.
extension CatalogStore {
    /// The field of a job's header that holds the job's condition.
    static let conditionField = "condition"

    /// - Throws: `.preconditionFailed`.
    static func check(_ condition: WriteCondition?, for document: DocumentID, in scope: TenantScope, _ db: Database) throws {
        guard let condition, let objection = condition.objection(to: try version(of: document, in: scope, db)) else { return }
        throw CatalogError(.preconditionFailed, objection)
    }

    /// Returns whether a job's condition holds. If not, marks the job as failed and erases its upload: no later attempt can succeed.
    static func mayStore(_ job: ClaimedJob, _ db: Database) throws -> Bool {
        guard let condition = job.condition, let objection = condition.objection(to: try version(of: job.document, in: job.scope, db))
        else {
            return true
        }
        try db.run(
            """
            UPDATE job SET stage = 'failed', error_code = 'precondition_failed', error_detail = ?, header = NULL, payload = NULL,
                updated_at = ?
            WHERE tenant = ? AND number = ?
            """, [objection, Timestamp.now().milliseconds, job.scope.tenant.rawValue, job.number])
        try forgetInterruptions(of: job, db)
        return false
    }

    private static func version(of document: DocumentID, in scope: TenantScope, _ db: Database) throws -> VersionTag? {
        try db.row(
            "SELECT sequence, updated_at FROM document WHERE tenant = ? AND document_id = ?", [scope.tenant.rawValue, document.rawValue]
        ).map { VersionTag(sequence: $0["sequence"], updatedAt: Timestamp(milliseconds: $0["updated_at"])) }
    }
}
