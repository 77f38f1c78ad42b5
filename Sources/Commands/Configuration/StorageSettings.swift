/// The sections `storage`, `index`, `ingest` and `usage`: free space on the catalog's file system, memory for indexes, and retention.
enum StorageSettings {
    /// Minimum free space, in bytes, required to add data.
    static let minimumFree = Setting<Int>.bytes("storage.minimum_free", in: 0...Int.max)
    /// Space reserved for deletions, in bytes.
    static let reserve = Setting<Int>.bytes("storage.reserve", in: 0...(1 << 40))

    /// Memory budget for open indexes.
    static let indexMemory = Setting<Int>.bytes("index.memory", in: (1 << 20)...Int.max)
    /// Maximum size of the cache of passages; 0 disables it.
    static let passageCache = Setting<Int>.bytes("index.passage_cache", in: 0...Int.max)
    /// Whether the files of new uploads are kept.
    static let keepsOriginals = Setting<Bool>.flag("ingest.keep_originals")
    /// Retention time of usage records, in days.
    static let usageRetentionDays = Setting<Int>.integer("usage.retention_days", in: 1...36_500)

    static let all: [any AnySetting] = [minimumFree, reserve, indexMemory, passageCache, keepsOriginals, usageRetentionDays]
}
