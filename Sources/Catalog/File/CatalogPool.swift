import Foundation
import GRDB

/// The effect of a write on the space that the catalog uses.
enum WriteEffect {
    /// The write adds data. It is refused while storage is low.
    case grows
    /// The write removes or finishes something. It may use the reserve while storage is low.
    case shrinks
}

/// GRDB's connection pool. It translates errors to catalog errors and checks the storage before each write.
final class CatalogPool: Sendable {
    let connections: DatabasePool
    let storage: StorageGuard
    private let report: CatalogNotice.Handler

    init(_ connections: DatabasePool, storage: StorageGuard, report: @escaping CatalogNotice.Handler) {
        (self.connections, self.storage, self.report) = (connections, storage, report)
    }

    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try translating { try connections.read(body) }
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do { return try await connections.read(body) } catch { throw translated(error) }
    }

    func write<Value: Sendable>(
        _ effect: WriteEffect = .grows, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        try storage.admit(effect)
        do { return try await connections.write(body) } catch {
            let error = translated(error)
            guard effect == .shrinks, (error as? CatalogError)?.code == .storageFull else { throw error }
        }
        // The disk is full although the check before found enough space.
        storage.releaseReserve()
        do { return try await connections.write(body) } catch { throw translated(error) }
    }

    func write<Value>(_ effect: WriteEffect = .grows, _ body: (Database) throws -> Value) throws -> Value {
        try storage.admit(effect)
        return try translating { try connections.write(body) }
    }

    func writeWithoutTransaction<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try translating { try connections.writeWithoutTransaction(body) }
    }

    /// Runs `body`, which uses its own connection, and translates its errors in the same way.
    func translating<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch { throw translated(error) }
    }

    private func translated(_ error: any Error) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: return damaged(error)
        case .SQLITE_FULL: return storage.full()
        case .SQLITE_READONLY: return storage.readOnly()
        case .SQLITE_IOERR where error.extendedResultCode == .SQLITE_IOERR_DATA: return damaged(error)
        // SQLite reports a full disk distinctly only for one of the calls that can fail for it.
        case .SQLITE_IOERR, .SQLITE_CANTOPEN: return storage.isLow() ? storage.full() : error
        default: return error
        }
    }

    private func damaged(_ error: DatabaseError) -> CatalogError {
        report(
            CatalogNotice(
                .error, "the catalog is corrupt; run contextd catalog verify",
                ["code": "catalog_damaged", "sqlite": "\(error.extendedResultCode.rawValue) \(error.message ?? "")"]))
        return CatalogError(.damaged, "part of the catalog is corrupt and cannot be read; run `contextd catalog verify`")
    }
}
