import Catalog
import Foundation
import Index
import Logging
import Synchronization
import Tenancy

/// One tenant's index and the queue on which it is opened, fed and saved.
///
/// Searching does not pass through the queue: an index that is up to date is used at once, and one that is being fed
/// answers from its state before the batch or after it.
final class TenantCollection: Sendable {
    let scope: TenantScope
    /// Of the tenant; its indexes lie in it by generation, so that a name used again never meets old files.
    private let tenantFolder: URL
    private let catalog: CatalogStore
    private let model: String
    private let dimension: Int
    private let options: IndexOptions
    private let logger: Logger
    private let queue: DispatchQueue
    private let opened = Mutex<CollectionIndex?>(nil)
    private let savedSequence = Mutex<Int64>(0)

    /// Documents read from the catalog at a time: bounds the memory of a rebuild.
    private static let batchDocuments = 256

    init(
        scope: TenantScope, tenantFolder: URL, catalog: CatalogStore, model: String, dimension: Int,
        options: IndexOptions, logger: Logger
    ) {
        self.scope = scope
        self.tenantFolder = tenantFolder
        self.catalog = catalog
        self.model = model
        self.dimension = dimension
        self.options = options
        var logger = logger
        logger[metadataKey: "tenant"] = "\(scope.tenant)"
        self.logger = logger
        queue = DispatchQueue(label: "index.\(scope.tenant)")
    }

    /// The index, having seen at least change number `sequence`.
    func index(atLeast sequence: Int64) async throws -> CollectionIndex {
        if let index = opened.withLock({ $0 }), index.sequence >= sequence { return index }
        return try await onQueue { try self.catchUp() }
    }

    /// Writes a snapshot if there is anything new in the index. A failure is logged: the catalog has it all.
    func save() async {
        try? await onQueue { self.saveIfMoved() }
    }

    private func onQueue<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try body() }) }
        }
    }

    private func catchUp() throws -> CollectionIndex {
        let index = openedIndex()
        var isComplete = false
        while !isComplete {
            let batch = try catalog.changes(
                after: index.sequence, limit: Self.batchDocuments, model: model, in: scope)
            if batch.sequence > index.sequence {
                try index.apply(
                    removingDocuments: batch.changedDocuments, adding: batch.chunks.map(Self.entry), sequence: batch.sequence)
            }
            isComplete = !batch.hasMore
        }
        return index
    }

    private func openedIndex() -> CollectionIndex {
        if let index = opened.withLock({ $0 }) { return index }
        removeOtherGenerations()
        let (index, recovery) = CollectionIndex.open(
            folder: folder, identity: "\(model)/\(scope.generation)", dimension: dimension, options: options)
        switch recovery {
        case .loaded(let sequence):
            savedSequence.withLock { $0 = sequence }
            logger.debug("index loaded", metadata: ["sequence": "\(sequence)"])
        case .empty:
            logger.debug("index begun")
        case .rebuild(let reason):
            logger.warning("index unusable; rebuilding it from the catalog", metadata: ["reason": "\(reason)"])
        }
        opened.withLock { $0 = index }
        return index
    }

    private var folder: URL { tenantFolder.appending(path: scope.generation) }

    private func removeOtherGenerations() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: tenantFolder.path)) ?? [] where name != scope.generation {
            try? FileManager.default.removeItem(at: tenantFolder.appending(path: name))
        }
    }

    private func saveIfMoved() {
        guard (try? catalog.isCurrent(scope)) != false else {
            // The tenant was deleted: nothing of it may be written again, or stay.
            try? FileManager.default.removeItem(at: folder)
            return
        }
        guard let index = opened.withLock({ $0 }), index.sequence > savedSequence.withLock({ $0 }) else { return }
        let sequence = index.sequence
        do {
            try index.saveSnapshot()
            savedSequence.withLock { $0 = sequence }
        } catch {
            logger.error("index snapshot not written", metadata: ["error": "\(error)"])
        }
    }

    private static func entry(_ chunk: ChangedChunk) -> IndexEntry {
        IndexEntry(
            chunk: chunk.number, document: chunk.document, text: chunk.text,
            title: ([chunk.title].compactMap(\.self) + chunk.headings.filter { $0 != chunk.title }).joined(separator: "\n"),
            vector: chunk.vector)
    }
}
