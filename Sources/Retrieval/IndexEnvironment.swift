import Catalog
import Dispatch
import Foundation
import Index
import Logging
import Synchronization
import Telemetry

/// Settings, queues and counters that the collections of all tenants share.
final class IndexEnvironment: Sendable {
    let catalog: CatalogStore
    /// Parent folder of the index folders, one per tenant.
    let folder: URL
    let model: String
    let dimension: Int
    let options: IndexOptions
    let logger: Logger
    let events = IndexEvents(IndexEvent.allCases)
    /// Whether the catalog's write-ahead log may still hold deleted data.
    let logHoldsDeleted = Atomic(false)
    /// Queue for maintenance. It is serial, so that one graph build or compaction runs at a time, across all tenants.
    let maintenance = DispatchQueue(label: "index.maintenance", qos: .utility)
    /// Queue for snapshots. It is serial, so that one snapshot is written at a time.
    let snapshots = DispatchQueue(label: "index.saving", qos: .utility)
    /// Queue for reading statistics of open indexes: each read may wait for a change to finish.
    let statistics = DispatchQueue(label: "index.statistics", qos: .utility)

    init(catalog: CatalogStore, folder: URL, model: String, dimension: Int, options: IndexOptions, logger: Logger) {
        (self.catalog, self.folder, self.model, self.dimension) = (catalog, folder, model, dimension)
        (self.options, self.logger) = (options, logger)
    }

    /// Empties the catalog's log after a compaction, when no index file holds the deleted data any more. If a reader blocks this, the next
    /// call retries. Blocks the thread.
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
    /// Runs `body` on the queue and returns its result or throws its error.
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
