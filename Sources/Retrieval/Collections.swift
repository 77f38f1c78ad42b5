public import Catalog
import Foundation
public import Index
public import Logging
import Synchronization
public import Tenancy

/// The tenants' indexes: opened on first use, brought up to the catalog before each use, saved on request.
///
/// An index is a view of the catalog. Every search first asks the catalog for the tenant's change number and reads on from
/// where the index stands, so that what was acknowledged is found, whoever wrote it.
public final class Collections: Sendable {
    private let catalog: CatalogStore
    private let folder: URL
    private let model: String
    private let dimension: Int
    private let options: IndexOptions
    private let logger: Logger
    private let open = Mutex<[TenantID: TenantCollection]>([:])

    /// - Parameters:
    ///   - model: tag of the model whose vectors are indexed; an index made with another is rebuilt.
    ///   - dimension: components of a vector.
    public init(
        catalog: CatalogStore, directory: DataDirectory, model: String, dimension: Int, options: IndexOptions = IndexOptions(),
        logger: Logger
    ) {
        self.catalog = catalog
        self.folder = directory.indexes
        self.model = model
        self.dimension = dimension
        self.options = options
        self.logger = logger
    }

    /// The tenant's index, with everything in it that was committed before the call.
    ///
    /// - Throws: `CatalogError.tenantNotFound` for a tenant deleted since the scope was minted.
    public func current(in scope: TenantScope) async throws -> CollectionIndex {
        let sequence = try await catalog.sequence(in: scope)
        return try await collection(for: scope).index(atLeast: sequence)
    }

    /// Writes snapshots of the indexes that have moved on since their last, so that the next start need not replay.
    public func save() async {
        for collection in open.withLock({ Array($0.values) }) { await collection.save() }
    }

    /// Removes the files of tenants that are no more, as after a deletion beside a running server. To be called before
    /// anything is opened.
    public func sweep() async throws {
        let living = Set(try await catalog.tenants().map(\.id.rawValue))
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] where !living.contains(name) {
            try? FileManager.default.removeItem(at: folder.appending(path: name))
        }
    }

    private func collection(for scope: TenantScope) -> TenantCollection {
        open.withLock { open in
            if let known = open[scope.tenant], known.scope == scope { return known }
            let collection = TenantCollection(
                scope: scope, tenantFolder: folder.appending(path: scope.tenant.rawValue), catalog: catalog,
                model: model, dimension: dimension, options: options, logger: logger)
            open[scope.tenant] = collection
            return collection
        }
    }
}
