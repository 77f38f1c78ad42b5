import Catalog
import Dispatch
import Foundation
import Index
import Logging
import Synchronization
import Telemetry

/// What the collections of all tenants have in common.
final class CollectionSettings: Sendable {
    let catalog: CatalogStore
    /// Holds a folder per tenant.
    let folder: URL
    let model: String
    let dimension: Int
    let options: IndexOptions
    let logger: Logger
    let events = IndexEvents(IndexEvent.allCases)
    /// Whether what was deleted may still be in the catalog's log.
    let logHoldsDeleted = Atomic(false)
    /// One graph is built or index compacted at a time, whoever's it is: upkeep has no more of the machine than that.
    let upkeep = DispatchQueue(label: "index.upkeep", qos: .utility)
    /// One snapshot is written at a time.
    let saving = DispatchQueue(label: "index.saving", qos: .utility)
    /// Where open indexes are looked at: each look may wait for a change.
    let looking = DispatchQueue(label: "index.looking", qos: .utility)

    init(catalog: CatalogStore, folder: URL, model: String, dimension: Int, options: IndexOptions, logger: Logger) {
        (self.catalog, self.folder, self.model, self.dimension) = (catalog, folder, model, dimension)
        (self.options, self.logger) = (options, logger)
    }

    /// After a compaction: what was deleted is in no file of an index any more, and now leaves the catalog's log. Where a reader
    /// stands in the way, the next call does it. Blocks the thread.
    func emptyCatalogLogIfDue() {
        guard logHoldsDeleted.exchange(false, ordering: .relaxed) else { return }
        do {
            if try !catalog.emptyLog() { logHoldsDeleted.store(true, ordering: .relaxed) }
        } catch {
            logger.error("the catalog's log could not be emptied", metadata: ["error": "\(error)"])
        }
    }
}

extension DispatchQueue {
    /// Runs `body` on the queue and gives back what it returns or throws.
    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            async { continuation.resume(with: Result { try body() }) }
        }
    }

    func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            async { continuation.resume(returning: body()) }
        }
    }
}
