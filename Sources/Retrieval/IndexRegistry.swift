public import Catalog
import Foundation
public import Index
public import Logging
import Synchronization
public import Telemetry
public import Tenancy

/// The tenants' indexes: opened on first use, brought up to date with the catalog before each use, saved on request, and closed when other
/// indexes need the memory.
///
/// An index is a view of the catalog. Every search first reads the tenant's sequence number from the catalog and applies the changes that
/// the index lacks, so that it finds every acknowledged write, whichever process wrote it. A closed index takes no memory.
public final class IndexRegistry: Sendable {
    private let environment: IndexEnvironment
    private let open: Mutex<OpenIndexes>
    /// Bytes freed since the allocator last returned memory to the system.
    private let freed = Mutex(0)

    /// Default memory budget: a quarter of the machine's memory, in bytes.
    public static var defaultMemoryBudget: Int { Int(clamping: ProcessInfo.processInfo.physicalMemory / 4) }

    /// - Parameters:
    ///   - model: tag of the model whose vectors are indexed; an index built with another model is rebuilt.
    ///   - dimension: number of vector components.
    ///   - memoryBudget: maximum memory of the indexes in bytes, including that of closed indexes until the system has it back. Indexes in
    ///     use stay open even if they exceed it.
    public init(
        catalog: CatalogStore, directory: DataDirectory, model: String, dimension: Int, options: IndexOptions = IndexOptions(),
        memoryBudget: Int = IndexRegistry.defaultMemoryBudget, logger: Logger
    ) {
        environment = IndexEnvironment(
            catalog: catalog, folder: directory.indexes, model: model, dimension: dimension, options: options, logger: logger)
        open = Mutex(OpenIndexes(budget: max(memoryBudget, 0)))
    }

    /// Returns the tenant's index with every change that was committed before the call. It stays open while the caller holds it.
    ///
    /// - Throws: `CatalogError.tenantNotFound` if the tenant was deleted after the scope was created.
    public func current(in scope: TenantScope) async throws -> CollectionIndex {
        let position = try await environment.catalog.position(in: scope)
        return try await using(scope) { tenantIndex in
            let index = try await index(of: tenantIndex, at: position)
            startMaintenanceIfDue(index, of: tenantIndex)
            return index
        }
    }

    private func index(of tenantIndex: TenantIndex, at position: CatalogPosition) async throws -> CollectionIndex {
        if let index = tenantIndex.openIndex(at: position) { return index }
        await reserve(for: tenantIndex)
        do {
            while true {
                let index = try await tenantIndex.advance(to: position)
                resize(tenantIndex)
                guard let index else { continue }
                await makeRoom(sparing: tenantIndex)
                return index
            }
        } catch {
            await account(for: tenantIndex)
            throw error
        }
    }

    /// Starts the maintenance that is due for the index, in the background.
    private func startMaintenanceIfDue(_ index: CollectionIndex, of tenantIndex: TenantIndex) {
        guard tenantIndex.beginMaintenance(of: index) else { return }
        environment.maintenance.async { [self] in
            tenantIndex.runMaintenance(of: index)
            resize(tenantIndex)
        }
    }

    /// Returns the tenant's documents that pass `filter`, for a search in an `index` that `current` returned; `nil` if `filter` is. The
    /// most recent filters are cached until documents change.
    func documents(
        matching filter: MetadataFilter?, for index: CollectionIndex, in scope: TenantScope
    ) async throws -> DocumentFilter? {
        guard let filter else { return nil }
        let position = index.position
        return try await using(scope) { tenantIndex in
            if let known = tenantIndex.cachedDocuments(matching: filter, at: position) { return known }
            let documents = try await tenantIndex.documents(matching: filter, at: position)
            resize(tenantIndex)
            return documents
        }
    }

    /// Marks an index that returned passages missing from the catalog as corrupt, unless documents changed in the meantime. The next use
    /// rebuilds a corrupt index.
    ///
    /// - Parameter position: position of the index when it was searched.
    func markInconsistent(_ index: CollectionIndex, at position: IndexPosition, in scope: TenantScope) async throws {
        guard try await environment.catalog.position(in: scope) == CatalogPosition(position) else { return }
        environment.logger.warning("index contains passages that are missing from the catalog", metadata: ["tenant": "\(scope.tenant)"])
        index.markCorrupt()
    }

    /// Writes snapshots of the indexes that changed since their last snapshot, so that the next start need not replay the changes.
    public func save() async {
        await environment.snapshots.run { [environment] in environment.emptyCatalogLogIfDue() }
        for tenantIndex in open.withLock({ $0.indexes }) {
            if case .tenantGone = await tenantIndex.save() { open.withLock { $0.forget(tenantIndex) } }
        }
    }

    /// Stops maintenance in progress and writes snapshots. Call it before the process exits.
    public func stop() async {
        for tenantIndex in open.withLock({ $0.indexes }) { tenantIndex.stopMaintenance() }
        await save()
    }

    /// Removes the index files of tenants that no longer exist, for example after a deletion by another process. Call it before any index
    /// is opened.
    public func sweep() async throws {
        let folder = environment.folder
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        let existing = try await environment.catalog.tenantNames(among: names)
        for name in names where !existing.contains(name) {
            try? FileManager.default.removeItem(at: folder.appending(path: name))
        }
    }

    // MARK: For operators

    /// Memory use and budget of the open indexes, in bytes, and their number.
    public var memory: (used: Int, budget: Int, openIndexes: Int) {
        open.withLock { ($0.bytes, $0.budget, $0.openCount) }
    }

    /// Index events since the start, by kind.
    public var events: IndexEvents { environment.events }

    /// Returns the statistics of every open index, without disk use; opens no index.
    public func openStatistics() async -> [(scope: TenantScope, statistics: IndexStatistics)] {
        let indexes = open.withLock { $0.indexes }
        return await environment.statistics.run {
            indexes.compactMap { tenantIndex in tenantIndex.openStatistics.map { (tenantIndex.scope, $0) } }
        }
    }

    /// Returns the current statistics of the tenant's index, opening it if needed.
    public func statistics(in scope: TenantScope) async throws -> IndexStatistics {
        let index = try await current(in: scope)
        return await using(scope) { await $0.statistics(of: index) }
    }

    /// Runs the maintenance that is due for the tenant's index and waits for it. Failures are logged.
    ///
    /// - Returns: the completed steps, including failed ones.
    @discardableResult
    public func maintain(in scope: TenantScope) async throws -> [IndexMaintenance] {
        let index = try await current(in: scope)
        return await using(scope) { tenantIndex in
            let done = await tenantIndex.maintain(index)
            await account(for: tenantIndex)
            return done
        }
    }

    /// Reads every byte of the tenant's index files and compares their contents with the catalog.
    public func verify(in scope: TenantScope) async -> IndexVerification {
        await using(scope) { await $0.verify() }
    }

    /// Discards the tenant's index and rebuilds it from the catalog, including graph and snapshot.
    ///
    /// - Throws: `IndexError` if the graph could not be built or the snapshot not written; the index is usable without them.
    public func rebuild(in scope: TenantScope) async throws -> IndexStatistics {
        await using(scope) { await $0.discard() }
        environment.logHoldsDeleted.store(true, ordering: .relaxed)
        for case .failed(let error) in try await maintain(in: scope) { throw error }
        if case .failed(let error) = await using(scope, { await $0.save() }) { throw error }
        return try await statistics(in: scope)
    }

    // MARK: Memory

    /// Calls `body` with the tenant's index, which stays open during the call.
    private func using<Value>(_ scope: TenantScope, _ body: (TenantIndex) async throws -> Value) async rethrows -> Value {
        let tenantIndex = open.withLock { open in
            open.enter(scope) { TenantIndex(scope: scope, environment: environment) }
        }
        defer { open.withLock { $0.leave(tenantIndex) } }
        return try await body(tenantIndex)
    }

    /// Replaces the size or the estimate of an index with its actual memory use.
    private func resize(_ tenantIndex: TenantIndex) {
        let bytes = tenantIndex.bytesInMemory
        open.withLock { $0.resize(tenantIndex, to: bytes) }
    }

    /// Reserves the estimated memory of an index that is about to be opened.
    private func reserve(for tenantIndex: TenantIndex) async {
        let estimate = tenantIndex.estimatedBytes
        open.withLock { $0.resize(tenantIndex, to: estimate) }
        await makeRoom(sparing: tenantIndex)
    }

    /// Replaces the estimate with the index's actual memory use, and closes others if it is larger.
    private func account(for tenantIndex: TenantIndex) async {
        resize(tenantIndex)
        await makeRoom(sparing: tenantIndex)
    }

    /// Closes indexes in least-recently-used order until the rest fit the budget or are all in use.
    private func makeRoom(sparing tenantIndex: TenantIndex) async {
        var spared: Set = [ObjectIdentifier(tenantIndex)]
        while let victim = open.withLock({ $0.enterVictim(sparing: spared) }) {
            let bytes = victim.bytesInMemory
            if await victim.close() {
                environment.events.add(to: .closed)
                open.withLock { $0.resize(victim, to: 0) }
                release(bytes)
            } else {
                spared.insert(ObjectIdentifier(victim))
            }
            open.withLock { $0.leave(victim) }
        }
    }

    /// Counts `bytes` as freed, and returns freed memory to the system once enough has accumulated.
    private func release(_ bytes: Int) {
        let bound = open.withLock { $0.closedBytes }
        let isDue = freed.withLock { freed in
            freed += bytes
            guard freed >= bound else { return false }
            freed = 0
            return true
        }
        if isDue { CollectionIndex.returnFreedMemory() }
    }
}
