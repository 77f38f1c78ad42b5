/// Finds the modules that a Swift file imports by reading its lines; skips comments and multi-line string literals.
struct ImportScanner {
    private static let accessLevels: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]
    private static let kinds: Set<Substring> = ["typealias", "struct", "class", "enum", "protocol", "let", "var", "func", "actor"]

    private var commentDepth = 0
    private var inLiteral = false

    /// Module names in order of appearance; `import struct Foundation.URL` gives `Foundation`.
    static func modules(in source: String) -> [String] {
        var scanner = ImportScanner()
        var found: [String] = []
        for line in source.split(separator: "\n", omittingEmptySubsequences: false) {
            for statement in scanner.code(in: line).split(separator: ";") {
                if let module = module(in: statement) { found.append(module) }
            }
        }
        return found
    }

    /// Returns the line without comments and string literals. A literal cannot contain an import, so it is removed.
    private mutating func code(in line: Substring) -> String {
        var code = ""
        var rest = line
        while let character = rest.first {
            if commentDepth > 0 {
                skipComment(&rest)
            } else if inLiteral {
                if take("\"\"\"", from: &rest) { inLiteral = false } else { rest.removeFirst() }
            } else if rest.hasPrefix("//") {
                break
            } else if take("/*", from: &rest) {
                commentDepth = 1
            } else if take("\"\"\"", from: &rest) {
                inLiteral = true
            } else if character == "\"" {
                Self.skipString(&rest)
            } else {
                code.append(character)
                rest.removeFirst()
            }
        }
        return code
    }

    /// Removes a delimiter that opens or closes a comment, which can be nested, or one character.
    private mutating func skipComment(_ rest: inout Substring) {
        if take("/*", from: &rest) {
            commentDepth += 1
        } else if take("*/", from: &rest) {
            commentDepth -= 1
        } else {
            rest.removeFirst()
        }
    }

    private func take(_ mark: String, from rest: inout Substring) -> Bool {
        guard rest.hasPrefix(mark) else { return false }
        rest.removeFirst(mark.count)
        return true
    }

    /// Removes a one-line string literal with its quotes; an escaped quote does not end it.
    private static func skipString(_ rest: inout Substring) {
        rest.removeFirst()
        while let character = rest.popFirst(), character != "\"" {
            if character == "\\" { rest = rest.dropFirst() }
        }
    }

    /// Returns the module if the statement is an import: attributes, an access level, `import`, a kind, a dotted name.
    private static func module(in statement: Substring) -> String? {
        var words = statement.split(whereSeparator: \.isWhitespace)[...]
        while let word = words.first, word.hasPrefix("@") || accessLevels.contains(word) { words.removeFirst() }
        guard words.popFirst() == "import" else { return nil }
        if let kind = words.first, words.count > 1, kinds.contains(kind) { words.removeFirst() }
        guard let name = words.first?.prefix(while: { $0.isLetter || $0.isNumber || $0 == "_" }), !name.isEmpty else { return nil }
        return String(name)
    }
}
