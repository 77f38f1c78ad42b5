import HTTPTypes
import Hummingbird

/// A browser's question before a web page's request to another origin. Browsers send it without the page's `Authorization`.
///
/// - Source: Fetch (WHATWG), CORS-preflight request.
struct Preflight {
    /// The names of the headers that the page wants to send.
    private let wantedHeaders: [String]

    /// Request headers of MCP's clients. They are named, since `*` does not cover `Authorization`.
    private static let knownHeaders = [
        "accept", "authorization", "content-type", "last-event-id", "mcp-method", "mcp-name", "mcp-protocol-version", "mcp-session-id",
        "x-request-id",
    ]
    /// Maximum number of headers that are allowed in addition to the known ones.
    private static let maximumWanted = 64

    /// - Returns: `nil` if the request is not a preflight.
    init?(_ request: Request) {
        guard request.method == .options, request.headers[.origin] != nil, request.headers[.accessControlRequestMethod] != nil else {
            return nil
        }
        let names = request.headers[values: .accessControlRequestHeaders].flatMap { $0.lowercased().split(separator: ",") }
        wantedHeaders = names.prefix(Self.maximumWanted).compactMap { name in
            HTTPField.Name(String(name.filter { $0 != " " && $0 != "\t" }))?.canonicalName
        }
    }

    /// The response to an allowed origin, which `CORSMiddleware` names. The operator trusts its pages: they may send any header.
    var response: Response {
        let further = Set(wantedHeaders).subtracting(Self.knownHeaders).sorted()
        return Response(
            status: .noContent,
            headers: [
                // The methods that are refused here are allowed so that the page can read the 405.
                .accessControlAllowMethods: "POST, GET, DELETE",
                .accessControlAllowHeaders: (Self.knownHeaders + further).joined(separator: ", "),
                .accessControlMaxAge: "7200", .vary: "Access-Control-Request-Headers",
            ])
    }
}
