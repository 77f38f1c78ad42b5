import JSON

/// All settings. A new section adds its settings here.
enum KnownSettings {
    static let all: [any AnySetting] =
        EmbeddingSettings.all + CompletionSettings.all + CacheSettings.all + StorageSettings.all + BodySettings.all + ServerSettings.all
        + ConnectionSettings.all + ExtractSettings.all

    /// Returns whether `word` could be an API key in the wrong place, which errors must not quote.
    static func mayBeKey(_ word: String) -> Bool {
        word.hasPrefix("sk-") || (word.utf8.count >= 20 && word.utf8.contains { (0x30...0x39).contains($0) })
    }

    /// Returns the error text for an unknown setting name.
    static func unknown(_ name: String, _ known: [any AnySetting] = all) -> String { unknown(name, names: known.map(\.name)) }

    static func unknown(_ name: String, names: [String]) -> String {
        let shown =
            mayBeKey(name.split(separator: ".").last.map(String.init) ?? "")
            ? "a name that looks like an API key" : name.shortened(toBytes: 80)
        if name.hasSuffix("api_key") {
            return
                "\(shown) is not a setting; name the key's environment variable in \(shown)_env or its file in \(shown)_file"
        }
        let nearest = NearestName.to(name, among: names)
        return "\(shown) is not a setting\(nearest.map { "; did you mean \($0)?" } ?? "")"
    }
}
