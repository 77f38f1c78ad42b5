import JSON

/// The environment variables that begin with `CONTEXTD_`: those that are read, and what to say of others.
enum KnownVariables {
    private static let prefix = "CONTEXTD_"
    /// Beside those of settings.
    private static let others = [
        "DATA_DIR", "CONFIG", "MODEL_DIR", "MODELS_DIR", "LISTEN", "CATALOG_URL", "KEY", "LOG_LEVEL",
        // Of the tests and benchmarks.
        "SHARED",
    ].map { prefix + $0 }

    /// A line for each variable that is set and that nothing reads: it may be misspelt. One that ends in `_KEY` may be a provider's, which
    /// a setting names, and is passed over unless it is next to ours. Values are not repeated.
    static func complaints(_ environment: [String: String]) -> [String] {
        let known = Set(KnownSettings.all.map(\.variable) + others)
        let unknown = environment.filter { $0.key.hasPrefix(prefix) && !$0.value.isEmpty && !known.contains($0.key) }.keys.sorted()
        return unknown.compactMap { name in
            let nearest = NearestName.to(name, among: known.sorted())
            if name.hasSuffix("_KEY"), nearest.map({ NearestName.edits(Array(name.utf8), Array($0.utf8)) }) ?? .max > 2 { return nil }
            return "warning: nothing reads the variable \(name.shortened(toBytes: 100))\(nearest.map { "; did you mean \($0)?" } ?? "")"
        }
    }
}
