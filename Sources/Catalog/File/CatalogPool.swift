import Foundation
import GRDB

/// What a write does to the space that the catalog takes.
enum WriteEffect {
    /// Adds to it: refused while storage is low.
    case grows
    /// Removes something, or ends something: uses the reserve when storage is low.
    case shrinks
}

/// GRDB's connections, with its errors in the catalog's words and a look at the storage before each write.
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
        // The disk is full although it seemed not to be.
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

    /// Runs `body`, which uses a connection of its own, with the same errors.
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
        // SQLite tells a full disk from others for one of the calls that can meet it.
        case .SQLITE_IOERR, .SQLITE_CANTOPEN: return storage.isLow() ? storage.full() : error
        default: return error
        }
    }

    private func damaged(_ error: DatabaseError) -> CatalogError {
        report(
            CatalogNotice(
                .error, "the catalog is damaged; run contextd catalog verify",
                ["code": "catalog_damaged", "sqlite": "\(error.extendedResultCode.rawValue) \(error.message ?? "")"]))
        return CatalogError(.damaged, "a part of the catalog is damaged and cannot be read; run `contextd catalog verify`")
    }
}
