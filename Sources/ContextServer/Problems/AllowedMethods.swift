import HTTPTypes
import Hummingbird

/// The methods of a path, `OPTIONS` among them, as `Allow` lists them.
struct AllowedMethods: Sendable {
    /// The names, in alphabetical order and separated by commas.
    let names: String

    init(_ methods: [HTTPRequest.Method]) {
        names = Set(methods.map(\.rawValue)).union([HTTPRequest.Method.options.rawValue]).sorted().joined(separator: ", ")
    }

    /// The response to `OPTIONS`.
    var response: Response { Response(status: .noContent, headers: [.allow: names]) }

    /// The methods of the server's routes taken together.
    static let ofServer = AllowedMethods([.get, .head, .post, .put, .delete])

    /// All methods that the HTTP parser knows, except `CONNECT`. A path responds to those that it does not have with 405.
    static let all: [HTTPRequest.Method] =
        [.get, .head, .post, .put, .patch, .delete, .options, .trace]
        + [
            "ACL", "BIND", "CHECKOUT", "COPY", "LINK", "LOCK", "M-SEARCH", "MERGE", "MKACTIVITY", "MKCALENDAR", "MKCOL", "MOVE", "NOTIFY",
            "PROPFIND", "PROPPATCH", "PURGE", "QUERY", "REBIND", "REPORT", "SEARCH", "SOURCE", "SUBSCRIBE", "UNBIND", "UNLINK", "UNLOCK",
            "UNSUBSCRIBE",
        ].compactMap(HTTPRequest.Method.init(rawValue:))
}
