/// The format of the errors of a path.
///
/// The routes of OpenAI's API are below `/v1`, next to contextd's own. So a rule decides, not a list of routes: OpenAI's clients also get
/// their format for routes that this server lacks.
package enum ErrorFormat: Sendable {
    /// A problem document (RFC 9457).
    case problem
    /// `{"error": {…}}`, as in OpenAI's API.
    case openAI

    /// The first path segments below `/v1` of contextd's own routes.
    private static let ownSegments = ["documents", "search", "jobs", "index", "usage"]

    /// - Parameter path: a request's path, which need not be that of a route.
    package init(path: String) {
        let segments = path.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 2)
        let isOpenAI =
            segments.first?.elementsEqual("v1".utf8) == true
            && !Self.ownSegments.contains { segments.count > 1 && segments[1].elementsEqual($0.utf8) }
        self = isOpenAI ? .openAI : .problem
    }
}
