public import Catalog
import Foundation
public import Index
public import Logging
import Synchronization
public import Telemetry
public import Tenancy

/// The tenants' indexes: opened on first use, brought up to the catalog before each use, saved on request, closed again
/// when others need the memory.
///
/// An index is a view of the catalog. Every search first asks the catalog for the tenant's change number and reads on from
/// where the index stands, so that what was acknowledged is found, whoever wrote it. A tenant whose index is not open takes
/// no memory here.
public final class Collections: Sendable {
    private let settings: CollectionSettings
    private let open: Mutex<OpenIndexes>
    /// Freed since memory was last given back to the system.
    private let freed = Mutex(0)

    /// A quarter of the machine's memory.
    public static var defaultMemoryBudget: Int { Int(clamping: ProcessInfo.processInfo.physicalMemory / 4) }

    /// - Parameters:
    ///   - model: tag of the model whose vectors are indexed; an index made with another is rebuilt.
    ///   - dimension: components of a vector.
    ///   - memoryBudget: bytes that indexes may take, closed ones' memory until the system has it back included. Those that are in use
    ///     stay open whatever they take.
    public init(
        catalog: CatalogStore, directory: DataDirectory, model: String, dimension: Int, options: IndexOptions = IndexOptions(),
        memoryBudget: Int = Collections.defaultMemoryBudget, logger: Logger
    ) {
        settings = CollectionSettings(
            catalog: catalog, folder: directory.indexes, model: model, dimension: dimension, options: options, logger: logger)
        open = Mutex(OpenIndexes(budget: max(memoryBudget, 0)))
    }

    /// The tenant's index, with everything in it that was committed before the call. It stays open for as long as the caller
    /// holds it.
    ///
    /// - Throws: `CatalogError.tenantNotFound` for a tenant deleted since the scope was minted.
    public func current(in scope: TenantScope) async throws -> CollectionIndex {
        let position = try await settings.catalog.position(in: scope)
        return try await using(scope) { collection in
            if let index = collection.openIndex(at: position) { return index }
            await reserve(for: collection)
            do {
                let index = try await collection.index(at: position)
                await account(for: collection)
                return index
            } catch {
                await account(for: collection)
                throw error
            }
        }
    }

    /// The documents of the tenant that pass `filter`, for a search in `index`, which `current` gave. The filters asked last
    /// are kept until documents change.
    func documents(matching filter: MetadataFilter, for index: CollectionIndex, in scope: TenantScope) async throws -> DocumentFilter {
        try await using(scope) { try await $0.documents(matching: filter, for: index) }
    }

    /// Whether an index that led to passages which are not in the catalog was right to do so, because documents changed in that moment.
    /// If not, it is rebuilt by the next use.
    ///
    /// - Parameter position: where the index stood when it was asked.
    func distrust(_ index: CollectionIndex, at position: IndexPosition, in scope: TenantScope) async throws {
        guard try await settings.catalog.position(in: scope) == CatalogPosition(position) else { return }
        settings.logger.warning("index holds passages that the catalog does not have", metadata: ["tenant": "\(scope.tenant)"])
        index.markDamaged()
    }

    /// Writes snapshots of the indexes that have moved on since their last, so that the next start need not replay.
    public func save() async {
        await settings.saving.run { [settings] in settings.emptyCatalogLogIfDue() }
        for collection in open.withLock({ $0.collections }) {
            if case .tenantGone = await collection.save() { open.withLock { $0.forget(collection) } }
        }
    }

    /// Ends upkeep that is under way, and writes snapshots. To be called before the process ends.
    public func stop() async {
        for collection in open.withLock({ $0.collections }) { collection.stopUpkeep() }
        await save()
    }

    /// Removes the files of tenants that are no more, as after a deletion beside a running server. To be called before
    /// anything is opened.
    public func sweep() async throws {
        let folder = settings.folder
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        let living = try await settings.catalog.tenantNames(among: names)
        for name in names where !living.contains(name) {
            try? FileManager.default.removeItem(at: folder.appending(path: name))
        }
    }

    // MARK: For operators

    /// What open indexes take and may take, in bytes, and how many they are.
    public var memory: (used: Int, budget: Int, openIndexes: Int) {
        open.withLock { ($0.bytes, $0.budget, $0.openCount) }
    }

    /// What happened to indexes since the start.
    public var events: IndexEvents { settings.events }

    /// Of every index that is open now, without what they take on disk; none is opened for it.
    public func openStatistics() async -> [(scope: TenantScope, statistics: IndexStatistics)] {
        let collections = open.withLock { $0.collections }
        return await settings.looking.run {
            collections.compactMap { collection in collection.openStatistics.map { (collection.scope, $0) } }
        }
    }

    /// Of the tenant's index as it is now, which is opened for it.
    public func statistics(in scope: TenantScope) async throws -> IndexStatistics {
        let index = try await current(in: scope)
        return await using(scope) { await $0.statistics(of: index) }
    }

    /// Does the upkeep of the tenant's index that is due, and waits for it. What fails of it is logged.
    ///
    /// - Returns: what was done, failures included.
    @discardableResult
    public func maintain(in scope: TenantScope) async throws -> [IndexUpkeep] {
        let index = try await current(in: scope)
        return await using(scope) { collection in
            let done = await collection.maintain(index)
            await account(for: collection)
            return done
        }
    }

    /// Reads every byte of the tenant's index files, and compares what they hold with the catalog.
    public func verify(in scope: TenantScope) async -> IndexVerification {
        await using(scope) { await $0.verify() }
    }

    /// Throws the tenant's index away and makes it anew from the catalog, graph and snapshot included.
    ///
    /// - Throws: `IndexError` where the graph was not built or the snapshot not written; what could be made is used all the same.
    public func rebuild(in scope: TenantScope) async throws -> IndexStatistics {
        await using(scope) { await $0.discard() }
        settings.logHoldsDeleted.store(true, ordering: .relaxed)
        for case .failed(let error) in try await maintain(in: scope) { throw error }
        if case .failed(let error) = await using(scope, { await $0.save() }) { throw error }
        return try await statistics(in: scope)
    }

    // MARK: Memory

    /// Lends the tenant's collection, which is not closed meanwhile.
    private func using<Value>(_ scope: TenantScope, _ body: (TenantCollection) async throws -> Value) async rethrows -> Value {
        let collection = open.withLock { open in
            open.enter(scope) { TenantCollection(scope: scope, settings: settings) { [self] in note($0, $1) } }
        }
        defer { open.withLock { $0.leave(collection) } }
        return try await body(collection)
    }

    private func note(_ collection: TenantCollection, _ bytes: Int) { open.withLock { $0.resize(collection, to: bytes) } }

    /// Makes room for an index that is about to be opened.
    private func reserve(for collection: TenantCollection) async {
        let estimate = collection.estimatedBytes
        open.withLock { $0.resize(collection, to: estimate) }
        await makeRoom(sparing: collection)
    }

    /// Takes over what an index turned out to need.
    private func account(for collection: TenantCollection) async {
        let bytes = collection.bytesInMemory
        open.withLock { $0.resize(collection, to: bytes) }
        await makeRoom(sparing: collection)
    }

    /// Closes indexes, those used least recently first, until the rest is within the budget or in use.
    private func makeRoom(sparing collection: TenantCollection) async {
        var spared: Set = [ObjectIdentifier(collection)]
        while let victim = open.withLock({ $0.enterVictim(sparing: spared) }) {
            let bytes = victim.bytesInMemory
            if await victim.close() {
                settings.events.add(to: .closed)
                open.withLock { $0.resize(victim, to: 0) }
                giveBack(bytes)
            } else {
                spared.insert(ObjectIdentifier(victim))
            }
            open.withLock { $0.leave(victim) }
        }
    }

    /// Now and then has the allocator return what closed indexes have left.
    private func giveBack(_ bytes: Int) {
        let bound = open.withLock { $0.leavings }
        let isDue = freed.withLock { freed in
            freed += bytes
            guard freed >= bound else { return false }
            freed = 0
            return true
        }
        if isDue { CollectionIndex.returnFreedMemory() }
    }
}
