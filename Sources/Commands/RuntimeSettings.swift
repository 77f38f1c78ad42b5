import Catalog
import Completions
import ContextServer
import Foundation
import JSON
import RemoteEmbeddings
import Retrieval

/// The validated settings for a process that opens a data directory, before it opens anything.
struct RuntimeSettings {
    let embedding: EmbeddingSource
    /// Memory budget for open indexes, in bytes.
    let indexMemory: Int

    let completions: CompletionConfiguration
    /// The response cache; `nil` if it is turned off.
    let answers: AnswerCache?

    /// Minimum free space on the catalog's file system, and space reserved for deletions, in bytes; `nil` for the default.
    let storage: (minimumFree: Int?, reserve: Int?)

    /// Retention time of usage records, in days; `nil` for the default.
    let usageRetentionDays: Int?

    /// Limits on the JSON of a request.
    let json: JSONLimits

    /// Limits on a document's metadata.
    let metadata: MetadataLimits

    /// Whether `/metrics` includes tenant ids.
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
        indexMemory = configuration.value(IndexSettings.memory) ?? IndexRegistry.defaultMemoryBudget
    }

    func storageLimits(catalog: URL) -> StorageLimits {
        StorageLimits(minimumFree: storage.minimumFree, reserve: storage.reserve, directory: catalog.deletingLastPathComponent())
    }

    /// Maximum number of concurrent connections to model providers.
    var upstreamConnections: Int {
        var connections = completions.models.reduce(0) { $0 + $1.limits.concurrency }
        if case .remote(let options, _, _) = embedding { connections += options.concurrency }
        return connections
    }
}
