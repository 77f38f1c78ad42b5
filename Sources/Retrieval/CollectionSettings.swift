import Catalog
import Dispatch
import Foundation
import Index
import Logging
import Telemetry

/// What the collections of all tenants have in common.
struct CollectionSettings: Sendable {
    let catalog: CatalogStore
    /// Holds a folder per tenant.
    let folder: URL
    let model: String
    let dimension: Int
    let options: IndexOptions
    let logger: Logger
    let events = IndexEvents(IndexEvent.allCases)
    /// One graph is built or index compacted at a time, whoever's it is: upkeep has no more of the machine than that.
    let upkeep = DispatchQueue(label: "index.upkeep", qos: .utility)
    /// One snapshot is written at a time.
    let saving = DispatchQueue(label: "index.saving", qos: .utility)
    /// Where open indexes are looked at: each look may wait for a change.
    let looking = DispatchQueue(label: "index.looking", qos: .utility)
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
