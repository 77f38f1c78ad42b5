import Catalog
import Completions
import Foundation
import RemoteEmbeddings
import Retrieval

/// The validated settings for a process that opens a data directory, before it opens anything.
struct RuntimeSettings {
    let configuration: Configuration
    let embedding: EmbeddingSource
    let completions: CompletionConfiguration

    /// - Throws: a usage error that names the setting.
    init(_ configuration: Configuration, model: ModelOptions) throws {
        self.configuration = configuration
        embedding = try EmbeddingSource(configuration, model: model)
        completions = try CompletionConfiguration(configuration)
    }

    /// Memory budget for open indexes, in bytes.
    var indexMemory: Int { configuration.value(StorageSettings.indexMemory) ?? IndexRegistry.defaultMemoryBudget }

    /// Maximum size of the cache of passages, in bytes.
    var passageCache: Int { configuration.value(StorageSettings.passageCache) ?? Retriever.defaultPassageCacheBytes }

    /// Whether the files of new uploads are kept.
    var keepsOriginals: Bool { configuration.value(StorageSettings.keepsOriginals) ?? true }

    func storageLimits(catalog: URL) -> StorageLimits {
        StorageLimits(
            minimumFree: configuration.value(StorageSettings.minimumFree), reserve: configuration.value(StorageSettings.reserve),
            directory: catalog.deletingLastPathComponent())
    }

    /// Maximum number of concurrent connections to model providers.
    var upstreamConnections: Int {
        var connections = completions.models.reduce(0) { $0 + $1.limits.concurrency }
        if case .remote(let options, _, _) = embedding { connections += options.concurrency }
        return connections
    }
}
