import Completions

/// The section `completions.cache`: the response cache.
enum CacheSettings {
    /// Maximum size of the cache, in bytes; 0 turns it off.
    static let memory = Setting<Int>.bytes("completions.cache.memory", in: 0...Int.max)
    static let seconds = Setting<Int>.integer("completions.cache.seconds", in: 1...86_400)

    static let all: [any AnySetting] = [memory, seconds]

    private static let defaultMemory = 32 << 20
    private static let defaultSeconds = 3600

    /// - Returns: `nil` if the settings turn the cache off.
    static func cache(_ configuration: Configuration) -> AnswerCache? {
        let bytes = configuration.value(memory) ?? defaultMemory
        guard bytes > 0 else { return nil }
        let lifetime = Duration.seconds(configuration.value(seconds) ?? defaultSeconds)
        return AnswerCache(store: MemoryAnswerStore(capacity: bytes, lifetime: lifetime))
    }
}
