extension MCPHTTPRequest {
    /// Whether the body says that it is JSON: `application/json`, in UTF-8 if a character set is named.
    var hasJSONBody: Bool {
        let types = values(of: "Content-Type")
        return !types.isEmpty && types.allSatisfy(Self.isJSON)
    }

    /// Whether the client takes JSON. Without `Accept` it takes anything.
    var acceptsJSON: Bool {
        let ranges = values(of: "Accept").flatMap { $0.split(separator: ",") }
        return ranges.isEmpty || ranges.contains { Self.admitsJSON(Self.parts(of: $0)) }
    }

    private static func isJSON(_ value: String) -> Bool {
        let parts = parts(of: value[...])
        guard parts.first == "application/json" else { return false }
        return parts.dropFirst().allSatisfy { parameter in
            !parameter.hasPrefix("charset=") || ["charset=utf-8", "charset=\"utf-8\""].contains(parameter)
        }
    }

    private static func admitsJSON(_ parts: [String]) -> Bool {
        guard let range = parts.first, ["application/json", "application/*", "*/*"].contains(range) else { return false }
        return !parts.dropFirst().contains { ["q=0", "q=0.", "q=0.0", "q=0.00", "q=0.000"].contains($0) }
    }

    /// A media type or range and its parameters, in lower case and without blanks.
    private static func parts(of value: Substring) -> [String] {
        value.split(separator: ";").map { part in
            String(part.lowercased().filter { $0 != " " && $0 != "\t" })
        }
    }
}
