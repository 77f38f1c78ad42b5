/// The format of the errors of a path.
///
/// The routes of OpenAI's API are below `/v1`, next to contextd's own. So a rule decides, not a list of routes: OpenAI's clients also get
/// their format for routes that this server lacks.
package enum ErrorFormat: Sendable {
    /// A problem document (RFC 9457).
    case problem
    /// `{"error": {…}}`, as in OpenAI's API.
    case openAI
    /// An error of JSON-RPC, whose message MCP's clients show. Requests to `/mcp` can fail before they reach the protocol.
    case jsonRPC

    /// The media type of a problem document.
    static let problemType = "application/problem+json"

    /// The first path segments below `/v1` of contextd's own routes.
    private static let ownSegments = ["documents", "search", "jobs", "index", "usage"]

    /// - Parameter path: a request's path, which need not be that of a route.
    package init(path: String) {
        let segments = path.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 2)
        func isSegment(_ index: Int, _ name: String) -> Bool { index < segments.count && segments[index].elementsEqual(name.utf8) }
        self =
            if isSegment(0, "mcp") {
                .jsonRPC
            } else if isSegment(0, "v1") && !Self.ownSegments.contains(where: { isSegment(1, $0) }) {
                .openAI
            } else {
                .problem
            }
    }
}
