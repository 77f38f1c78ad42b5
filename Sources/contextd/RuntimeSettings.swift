import Completions
import Retrieval

/// What the settings say to a process that opens a data directory: checked, and nothing opened yet.
struct RuntimeSettings {
    let embedding: EmbeddingSource
    /// Bytes that open indexes may take.
    let indexMemory: Int

    let completions: CompletionConfiguration
    /// `nil` where answers are not kept.
    let answers: AnswerCache?

    /// Days that rows of usage are kept; `nil` for the standard.
    let usageRetentionDays: Int?

    /// Whether `/metrics` tells tenants' ids.
    let listsTenantsInMetrics: Bool

    /// - Throws: a usage error that names the setting.
    init(_ configuration: Configuration, model: ModelOptions) throws {
        embedding = try EmbeddingSource(configuration, model: model)
        listsTenantsInMetrics = configuration.value(MetricsSettings.tenants) ?? false
        usageRetentionDays = configuration.value(UsageSettings.retentionDays)
        completions = try CompletionConfiguration(configuration)
        answers = CacheSettings.cache(configuration)
        indexMemory = configuration.value(IndexSettings.memory) ?? Collections.defaultMemoryBudget
    }
}
