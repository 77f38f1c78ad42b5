import ByteText
import Failure
import HTTPTypes
import Hummingbird
import JSON
import MCP

/// The checks that a route's description implies for every request: its query has only described parameters, each once, and the client
/// accepts one of the described media types.
///
/// Routes without a key take any query and `Accept`, since balancers and monitors send their own.
///
/// OpenAI's routes ignore unknown parameters, as OpenAI does, and so does `/mcp`, which checks `Accept` itself: its error is JSON-RPC.
struct RequestRules: Sendable {
    /// Names of the query's parameters; `nil` if unknown ones are ignored.
    private let parameters: [String]?
    /// Media types of the responses that are not errors, without parameters; if empty, `Accept` does not matter.
    private let offered: [String]

    /// - Parameters:
    ///   - operation: the route's description; `nil` for a method that is not part of the interface.
    ///   - path: the route's template.
    init(_ operation: APIOperation?, path: String) {
        guard let operation, operation.needsKey else {
            (parameters, offered) = (nil, [])
            return
        }
        let format = ErrorFormat(path: path)
        parameters = format == .problem ? operation.queryNames : nil
        let types = operation.responseTypes
        offered = format == .jsonRPC || types.contains(APIOperation.anyType) ? [] : types
    }

    /// - Throws: `Failure` 400 for the query, `Problem` 406 for `Accept`.
    func check(_ request: Request) throws {
        if let parameters { try request.checkQuery(against: parameters) }
        guard !offered.isEmpty, request.headers.contains(.accept) else { return }
        let accepted = AcceptedMedia(request.headers[values: .accept])
        // Generated clients prefer JSON, and where a route returns none they name the type of its errors alone.
        guard offered.contains(where: accepted.accepts) || accepted.names(ErrorFormat.problemType) else {
            throw Problem.notAcceptable(offered)
        }
    }
}

extension Request {
    /// - Throws: `Failure` for a parameter that is not in `known`, is given twice, or whose name is not percent-encoded UTF-8.
    fileprivate func checkQuery(against known: [String]) throws {
        guard let query = uri.query, !query.isEmpty else { return }
        var seen: [String] = []
        for pair in query.utf8.split(separator: UInt8(ascii: "&")) {
            guard let name = PercentEncoding.text(Substring(pair.prefix { $0 != UInt8(ascii: "=") })) else {
                throw Failure.invalid("the name of a query parameter is not percent-encoded UTF-8")
            }
            guard name.hasSameBytes(asOneOf: known) else {
                let shown = name.shortened(toBytes: 40)
                let parameters = known.isEmpty ? "this route has none" : "known parameters: \(known.joined(separator: ", "))"
                throw Failure.invalid("\(shown) is not a known query parameter; \(parameters)", field: shown)
            }
            guard !name.hasSameBytes(asOneOf: seen) else { throw Failure.invalid("\(name) is given twice", field: name) }
            seen.append(name)
        }
    }
}
