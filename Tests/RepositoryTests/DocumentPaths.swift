/// Finds the paths of this repository that a Markdown text mentions, in backticks or as link targets.
struct DocumentPaths {
    /// Folders whose paths must exist. Others (`data/`, `.build/`) exist only after something has run.
    static let roots: Set<Substring> = ["Sources", "Tests", "Benchmarks", "Examples", "scripts", "docs", ".ci"]

    /// Each path once, in order. `Sources/{A,B}` gives both, `Sources/*/C` the folder before the star, `scripts/a.sh --flag` the script.
    static func named(in text: String) -> [String] {
        var found: [String] = []
        for candidate in (spans(in: text).filter(isPath) + links(in: text)).flatMap(expandBraces) {
            let path = beforeStar(candidate)
            if !path.isEmpty, !found.contains(path) { found.append(path) }
        }
        return found
    }

    /// Returns the first word of each text between single backticks on one line, without punctuation that often follows a path.
    private static func spans(in text: String) -> [String] {
        text.split(separator: "\n").flatMap { line in
            let parts = line.split(separator: "`", omittingEmptySubsequences: false)
            // Backticks come in pairs: every second part is inside; the last part counts only if it is closed.
            return stride(from: 1, to: parts.count - 1, by: 2).compactMap { index in
                parts[index].split(separator: " ").first.map { String($0.prefix { $0 != ":" }) }
            }
        }
    }

    private static func isPath(_ span: String) -> Bool {
        let parts = span.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count == 2 && roots.contains(parts[0])
    }

    /// `](docs/a.md#part)` gives `docs/a.md`; links with a scheme and links within the page give nothing.
    private static func links(in text: String) -> [String] {
        text.split(separator: "](").dropFirst().compactMap { rest in
            guard let end = rest.firstIndex(where: { $0 == ")" || $0.isWhitespace }) else { return nil }
            let target = rest[..<end].prefix { $0 != "#" }
            return target.isEmpty || target.contains(":") ? nil : String(target)
        }
    }

    private static func expandBraces(_ path: String) -> [String] {
        guard let open = path.firstIndex(of: "{"), let close = path[open...].firstIndex(of: "}") else { return [path] }
        let choices = path[path.index(after: open)..<close].split(separator: ",")
        return choices.flatMap { expandBraces(path[..<open] + $0 + path[path.index(after: close)...]) }
    }

    private static func expandBraces(_ path: Substring) -> [String] { expandBraces(String(path)) }

    private static func beforeStar(_ path: String) -> String {
        guard path.contains("*") else { return path }
        let whole = path.prefix { $0 != "*" }
        return String(whole.lastIndex(of: "/").map { whole[..<$0] } ?? "")
    }
}
