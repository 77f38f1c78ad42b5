import Catalog
import Completions
import ContextServer
import Foundation
import JSON
import RemoteEmbeddings
import Retrieval

/// What the settings say to a process that opens a data directory: checked, and nothing opened yet.
struct RuntimeSettings {
    let embedding: EmbeddingSource
    /// Bytes that open indexes may take.
    let indexMemory: Int

    let completions: CompletionConfiguration
    /// `nil` where answers are not kept.
    let answers: AnswerCache?

    /// Bytes that must be free on the catalog's file system, and that are kept for deletions; `nil` for the standard.
    let storage: (minimumFree: Int?, reserve: Int?)

    /// Days that rows of usage are kept; `nil` for the standard.
    let usageRetentionDays: Int?

    /// What a request's JSON may hold.
    let json: JSONLimits

    /// What a document's metadata may hold.
    let metadata: MetadataLimits

    /// Whether `/metrics` tells tenants' ids.
    let listsTenantsInMetrics: Bool

    let connections: ConnectionSettings

    /// - Throws: a usage error that names the setting.
    init(_ configuration: Configuration, model: ModelOptions) throws {
        embedding = try EmbeddingSource(configuration, model: model)
        json = BodySettings.json(configuration)
        metadata = BodySettings.metadata(configuration)
        connections = ConnectionSettings(configuration)
        listsTenantsInMetrics = configuration.value(MetricsSettings.tenants) ?? false
        storage = (configuration.value(StorageSettings.minimumFree), configuration.value(StorageSettings.reserve))
        usageRetentionDays = configuration.value(UsageSettings.retentionDays)
        completions = try CompletionConfiguration(configuration)
        answers = CacheSettings.cache(configuration)
        indexMemory = configuration.value(IndexSettings.memory) ?? Collections.defaultMemoryBudget
    }

    func storageLimits(catalog: URL) -> StorageLimits {
        StorageLimits(minimumFree: storage.minimumFree, reserve: storage.reserve, directory: catalog.deletingLastPathComponent())
    }

    /// Connections to model providers that may be open at once.
    var upstreamConnections: Int {
        var connections = completions.models.reduce(0) { $0 + $1.limits.concurrency }
        if case .remote(let options, _, _) = embedding { connections += options.concurrency }
        return connections
    }
}
