import ByteText
import Catalog
import Dispatch
import Foundation
import Index
import Logging
import Scheduling
import Synchronization
import Telemetry
import Tenancy

/// One tenant's index and the queue on which it is opened, updated and closed.
///
/// Searches bypass the queue: they use an up-to-date index at once. During an update they see the index before or after a whole group of
/// documents.
final class TenantIndex: Sendable {
    let scope: TenantScope
    private let environment: IndexEnvironment
    private let logger: Logger
    private let queue: DispatchQueue
    private let opened = Mutex<CollectionIndex?>(nil)
    private let maintenance = Mutex(Maintenance())
    private let filters = Mutex(FilterCache())

    private struct Maintenance {
        var isRunning = false
        /// Earliest time of the next attempt after a failure, since an immediate retry would fail again.
        var notBefore: ContinuousClock.Instant?
    }

    /// Pause after failed maintenance.
    private static let maintenancePause = Duration.seconds(60)
    /// Number of documents read from the catalog at a time; limits the memory of a rebuild.
    private static let batchDocuments = 256
    /// Number of documents added to the index at a time; limits how long searches wait.
    private static let groupDocuments = 16

    init(scope: TenantScope, environment: IndexEnvironment) {
        (self.scope, self.environment) = (scope, environment)
        var logger = environment.logger
        logger[metadataKey: "tenant"] = "\(scope.tenant)"
        self.logger = logger
        queue = DispatchQueue(label: "index.\(scope.tenant)")
    }

    // MARK: Open

    /// The index if it is open and intact.
    private var intactIndex: CollectionIndex? { opened.withLock { $0 }.flatMap { $0.isCorrupt ? nil : $0 } }

    /// Returns the index if it is open, intact and up to date with the catalog.
    func openIndex(at position: CatalogPosition) -> CollectionIndex? {
        intactIndex.flatMap { CatalogPosition($0.position) == position ? $0 : nil }
    }

    /// Opens the index if needed, and applies the next batch of changes. Both are separate work items of the tenant, so that other
    /// tenants' work runs between them.
    ///
    /// - Returns: the index with every change committed up to `position`, and maybe later ones; `nil` if another batch follows.
    func advance(to position: CatalogPosition) async throws -> CollectionIndex? {
        try await queue.run {
            if let index = self.openIndex(at: position) { return index }
            var index =
                try self.intactIndex ?? self.environment.catalog.workers.wait(for: WorkKey(self.scope)) { self.openedIndex() }
            var hasMore = try self.applyNextBatch(to: index)
            if hasMore == nil {
                index = self.rebuilt(index)
                // An empty index is a view of every catalog.
                hasMore = try self.applyNextBatch(to: index)
            }
            return hasMore == true ? nil : index
        }
    }

    /// Returns an empty index that replaces one that does not match the catalog, because the catalog was restored or lost changes.
    private func rebuilt(_ index: CollectionIndex) -> CollectionIndex {
        environment.events.add(to: .rebuilt)
        logger.warning(
            "index does not match the catalog; rebuilding it from the catalog", metadata: ["index_sequence": "\(index.sequence)"])
        remove()
        let (empty, _) = open()
        opened.withLock { $0 = empty }
        return empty
    }

    /// Closes the index and removes its files.
    private func remove() {
        opened.withLock { $0.take() }?.stopMaintenance()
        filters.withLock { $0.removeAll() }
        CollectionIndex.removeFiles(in: folder)
    }

    private func open() -> (index: CollectionIndex, recovery: IndexRecovery) {
        CollectionIndex.open(folder: folder, identity: identity, dimension: environment.dimension, options: environment.options)
    }

    private func openedIndex() -> CollectionIndex {
        if let index = opened.withLock({ $0 }) {
            guard index.isCorrupt else { return index }
            logger.error("index file is corrupt; rebuilding the index from the catalog")
            remove()
        }
        removeOtherIncarnations()
        let (index, recovery) = open()
        switch recovery {
        case .loaded(let sequence):
            environment.events.add(to: .loaded)
            logger.debug("index loaded", metadata: ["sequence": "\(sequence)"])
        case .empty:
            environment.events.add(to: .created)
            logger.debug("index created")
        case .rebuild(let reason):
            environment.events.add(to: .rebuilt)
            logger.warning("index unusable; rebuilding it from the catalog", metadata: ["reason": "\(reason)"])
        }
        opened.withLock { $0 = index }
        return index
    }

    /// Folder of this tenant incarnation, so that a tenant with a reused name never sees old files.
    private var folder: URL { tenantFolder.appending(path: scope.incarnation) }
    private var tenantFolder: URL { environment.folder.appending(path: scope.tenant.rawValue) }
    private var identity: String { "\(environment.model)/\(scope.incarnation)" }

    private func removeOtherIncarnations() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: tenantFolder.path)) ?? [] where name != scope.incarnation {
            try? FileManager.default.removeItem(at: tenantFolder.appending(path: name))
        }
    }

    // MARK: Feed

    /// - Returns: whether there are more changes; `nil`, with no change, if the index's position was never a position of the catalog.
    private func applyNextBatch(to index: CollectionIndex) throws -> Bool? {
        try environment.catalog.workers.wait(for: WorkKey(scope)) { [self] in
            let position = CatalogPosition(index.position)
            let batch = try environment.catalog.changes(
                after: position, limit: Self.batchDocuments, model: environment.model, in: scope)
            if let batch, batch.position != position { try apply(batch, to: index) }
            return batch?.hasMore
        }
    }

    /// Applies a few documents at a time, each time up to a position that the catalog had: a snapshot may be taken in between.
    private func apply(_ batch: ChangeBatch, to index: CollectionIndex) throws {
        let chunks = Dictionary(grouping: batch.chunks, by: \.document)
        var rest = batch.changes[...]
        repeat {
            let group = rest.prefix(Self.groupDocuments)
            rest = rest.dropFirst(group.count)
            let position = rest.isEmpty ? batch.position : group.last?.position ?? batch.position
            try index.apply(
                removingDocuments: group.map(\.document), adding: group.flatMap { (chunks[$0.document] ?? []).map(Self.entry) },
                sequence: position.sequence, lineage: position.lineage)
        } while !rest.isEmpty
    }

    private static func entry(_ chunk: ChangedChunk) -> IndexEntry {
        IndexEntry(
            chunk: chunk.number, document: chunk.document, text: chunk.text,
            title: ([chunk.title].compactMap(\.self) + headings(chunk)).joined(separator: "\n"),
            vector: chunk.vector)
    }

    /// Returns the headings without those that repeat the title.
    private static func headings(_ chunk: ChangedChunk) -> [String] {
        guard let title = chunk.title else { return chunk.headings }
        return chunk.headings.filter { !$0.hasSameBytes(as: title) }
    }

    // MARK: Filters

    /// Returns the documents that pass `filter` if they are cached for the index's position.
    func cachedDocuments(matching filter: MetadataFilter, at position: IndexPosition) -> DocumentFilter? {
        filters.withLock { $0.documents(matching: filter, at: position) }
    }

    /// Returns the documents that pass `filter`, as of the index's position or later, and caches them.
    func documents(matching filter: MetadataFilter, at position: IndexPosition) async throws -> DocumentFilter {
        let documents = DocumentFilter(documents: try await environment.catalog.documents(matching: filter, in: scope))
        filters.withLock { $0.keep(documents, matching: filter, at: position) }
        return documents
    }

    // MARK: Save and close

    enum Saving {
        /// The snapshot is up to date, or no usable index is open.
        case saved
        /// The snapshot was not written. Nothing is lost: the catalog holds all data.
        case failed(IndexError)
        /// The tenant was deleted; its index files are removed and not written again.
        case tenantGone
    }

    /// Writes a snapshot if the index has unsaved changes. Failures are logged.
    func save() async -> Saving { await environment.snapshots.run { self.saveIfMoved() } }

    private func saveIfMoved() -> Saving {
        guard (try? environment.catalog.isCurrent(scope)) != false else {
            try? FileManager.default.removeItem(at: folder)
            return .tenantGone
        }
        guard let index = intactIndex, index.hasUnsavedChanges else { return .saved }
        // The remaining space of a full disk is for the catalog, from which the index can be rebuilt.
        guard environment.catalog.storageStatus == .writable else { return .failed(IndexError(.fileFailed, "storage is not writable")) }
        do {
            try index.saveSnapshot()
            environment.events.add(to: .snapshotWritten)
            return .saved
        } catch {
            environment.events.add(to: .snapshotFailed)
            logger.error("index snapshot failed", metadata: ["error": "\(error)"])
            return .failed(error)
        }
    }

    /// Closes the index unless it is in use or cannot be saved; returns whether it is closed.
    func close() async -> Bool {
        await queue.run {
            if case .failed = self.saveIfMoved() { return false }
            return self.opened.withLock { opened in
                // Searches and maintenance hold a reference to the index, and no new reference can be taken here.
                guard opened == nil || isKnownUniquelyReferenced(&opened) else { return false }
                opened = nil
                self.filters.withLock { $0.removeAll() }
                return true
            }
        }
    }

    /// Closes the index and removes its files; the next use rebuilds it.
    func discard() async { await queue.run { self.remove() } }

    /// Reads every byte of the files (for an open index, its last snapshot) and compares their contents with the catalog.
    func verify() async -> IndexVerification {
        await queue.run {
            let (found, contents) =
                self.opened.withLock { $0 }?.verifySnapshot()
                ?? CollectionIndex.verifyWithContents(
                    folder: self.folder, identity: self.identity, dimension: self.environment.dimension)
            return contents.flatMap(self.difference).map { .defective(reason: $0) } ?? found
        }
    }

    private func difference(from contents: IndexContents) -> String? {
        do {
            return try environment.catalog.difference(
                from: contents.chunks, at: CatalogPosition(contents.position), model: environment.model, in: scope)
        } catch {
            return "the index cannot be compared with the catalog: \(error)"
        }
    }

    // MARK: Size

    func statistics(of index: CollectionIndex) async -> IndexStatistics { await queue.run { index.statistics } }

    /// Statistics of the index without disk use; `nil` if it is not open.
    var openStatistics: IndexStatistics? { opened.withLock { $0 }?.statisticsInMemory }

    /// Memory of the index and its cached filters, in bytes; 0 if it is not open.
    var bytesInMemory: Int {
        guard let index = opened.withLock({ $0 }) else { return 0 }
        return index.bytesInMemory + filters.withLock { $0.bytes(rows: index.rowCount) }
    }

    /// Memory of the index in bytes. If it is closed, an estimate for opening it: the snapshot's size plus a quarter for lookup tables.
    var estimatedBytes: Int {
        if let index = opened.withLock({ $0 }) { return index.bytesInMemory }
        return CollectionIndex.snapshotBytes(in: folder) / 4 * 5
    }

    // MARK: Maintenance

    /// Runs the maintenance that is due and waits for it.
    func maintain(_ index: CollectionIndex) async -> [IndexMaintenance] {
        await environment.maintenance.run { self.maintained(index) }
    }

    func stopMaintenance() { opened.withLock { $0 }?.stopMaintenance() }

    /// Returns whether maintenance in the background is due. The caller must then call `runMaintenance` on the maintenance queue.
    func beginMaintenance(of index: CollectionIndex) -> Bool {
        guard index.needsMaintenance, environment.catalog.storageStatus != .full else { return false }
        return maintenance.withLock { maintenance in
            if maintenance.isRunning { return false }
            if let notBefore = maintenance.notBefore, notBefore > .now { return false }
            maintenance.isRunning = true
            return true
        }
    }

    func runMaintenance(of index: CollectionIndex) {
        let done = maintained(index)
        maintenance.withLock { maintenance in
            maintenance.isRunning = false
            if done.contains(where: \.isFailure) { maintenance.notBefore = .now + Self.maintenancePause }
        }
    }

    /// Runs the maintenance that is due. Call it on the maintenance queue.
    private func maintained(_ index: CollectionIndex) -> [IndexMaintenance] {
        let done = index.maintain()
        log(done)
        if done.contains(where: \.isCompaction) { environment.logHoldsDeleted.store(true, ordering: .relaxed) }
        environment.emptyCatalogLogIfDue()
        return done
    }

    private func log(_ done: [IndexMaintenance]) {
        for step in done {
            switch step {
            case .compacted(let rows):
                environment.events.add(to: .compacted)
                logger.debug("index compacted", metadata: ["removed_rows": "\(rows)"])
            case .extendedGraph(let rows):
                environment.events.add(to: .graphExtended)
                logger.debug("index graph extended", metadata: ["rows": "\(rows)"])
            case .measuredRecall(let recall):
                environment.events.add(to: .recallMeasured)
                logger.debug("index recall measured", metadata: ["mean": "\(recall.mean)", "ef": "\(recall.ef)"])
            case .builtBinaryCodes(let pool):
                environment.events.add(to: .binaryCodesBuilt)
                logger.debug("index binary codes built", metadata: ["pool": "\(pool.map(String.init) ?? "none")"])
            case .failed(let error) where error.code == .cancelled: break
            case .failed(let error):
                environment.events.add(to: .maintenanceFailed)
                logger.error("index maintenance failed", metadata: ["error": "\(error)"])
            }
        }
    }
}

extension CatalogPosition {
    init(_ position: IndexPosition) { self.init(sequence: position.sequence, lineage: position.lineage) }
}
