extension MCPHTTPRequest {
    /// Whether `Content-Type` is `application/json`, with UTF-8 as the charset if there is one.
    var hasJSONBody: Bool {
        let types = values(of: "Content-Type")
        return !types.isEmpty && types.allSatisfy(Self.isJSON)
    }

    /// Whether the client accepts JSON. A request without `Accept` accepts everything.
    var acceptsJSON: Bool { AcceptedMedia(values(of: "Accept")).accepts("application/json") }

    private static func isJSON(_ value: String) -> Bool {
        let parts = parts(of: value[...])
        guard parts.first == "application/json" else { return false }
        return parts.dropFirst().allSatisfy { parameter in
            !parameter.hasPrefix("charset=") || ["charset=utf-8", "charset=\"utf-8\""].contains(parameter)
        }
    }

    /// Splits a media type into the type and its parameters, in lower case and without spaces and tabs.
    private static func parts(of value: Substring) -> [String] {
        value.split(separator: ";").map { part in
            String(part.lowercased().filter { $0 != " " && $0 != "\t" })
        }
    }
}
