import JSON

/// The known environment variables that begin with `CONTEXTD_`, and the warnings about unknown ones.
enum KnownVariables {
    private static let prefix = "CONTEXTD_"
    /// The variables that do not belong to settings.
    private static let others = [
        "DATA_DIR", "CONFIG", "MODEL_DIR", "MODELS_DIR", "LISTEN", "CATALOG_URL", "KEY", "LOG_LEVEL",
        // Used by tests and benchmarks.
        "SHARED",
    ].map { prefix + $0 }

    /// Returns a warning for each unknown variable that is set, without its value. A variable that ends in `_KEY` may be a provider's key,
    /// so it gets a warning only if it is within two edits of a known name.
    static func warnings(_ environment: [String: String]) -> [String] {
        let known = Set(KnownSettings.all.map(\.variable) + others)
        let unknown = environment.filter { $0.key.hasPrefix(prefix) && !$0.value.isEmpty && !known.contains($0.key) }.keys.sorted()
        return unknown.compactMap { name in
            let nearest = NearestName.to(name, among: known.sorted())
            if name.hasSuffix("_KEY"), nearest.map({ NearestName.edits(Array(name.utf8), Array($0.utf8)) }) ?? .max > 2 { return nil }
            return "warning: unknown environment variable \(name.shortened(toBytes: 100))\(nearest.map { "; did you mean \($0)?" } ?? "")"
        }
    }
}
