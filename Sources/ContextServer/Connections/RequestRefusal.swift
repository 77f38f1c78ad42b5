import Failure
import HTTPTypes
import NIOHTTP1

/// The reason for refusing a request by its head alone.
enum RequestRefusal: String, Error, CaseIterable {
    case malformed, missingHost, repeatedHost, invalidHost, invalidTarget, targetTooLong, headersTooLarge, invalidLength, conflictingLength
    case unknownTransferCoding, unknownContentCoding, unknownExpectation, connect, timeout

    /// The header field that carries the reason from the connection to the middleware. A client's own field of that name is removed.
    static let mark = "contextd-refusal"

    /// Creates the refusal for an error of the head's parser.
    init(_ error: any Error, requestLineBytes: Int) {
        self =
            switch error as? HTTPParserError {
            case .headerOverflow?: requestLineBytes > HeadLimits.listBytes ? .targetTooLong : .headersTooLarge
            case .invalidContentLength?: .invalidLength
            case .unexpectedContentLength?: .conflictingLength
            default: .malformed
            }
    }

    /// Returns a request that carries the reason.
    ///
    /// - Parameters:
    ///   - head: the refused head, if it arrived in full.
    ///   - line: the first bytes of the request line, whose path is used if the head has none. The path decides the error's format.
    func marked(_ head: HTTPRequestHead?, line: [UInt8] = []) -> HTTPRequestHead {
        let path = head.flatMap { Self.path($0.uri.utf8) } ?? Self.path(inLine: line)
        var marked = HTTPRequestHead(version: .http1_1, method: head?.method ?? .GET, uri: path ?? "/")
        if let id = head?.headers.first(name: "x-request-id") { marked.headers.add(name: "x-request-id", value: id) }
        marked.headers.add(name: Self.mark, value: rawValue)
        return marked
    }

    /// Returns the target's path, or `nil` if it is not a valid path.
    private static func path(_ target: some Sequence<UInt8>) -> String? {
        let path = target.prefix { $0 != UInt8(ascii: "?") }
        guard path.first == UInt8(ascii: "/"), path.count <= RequestHead.targetBytes, path.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        return String(decoding: path, as: UTF8.self)
    }

    /// Returns the path in a request line, which may be cut.
    private static func path(inLine line: [UInt8]) -> String? {
        let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
        return parts.count > 1 ? path(parts[1]) : nil
    }

    var problem: Problem {
        switch self {
        case .malformed: Problem(.invalid("the request is not valid HTTP/1.1"))
        case .missingHost: Problem(.invalid("the request has no Host header"))
        case .repeatedHost: Problem(.invalid("the request has more than one Host header"))
        case .invalidHost: Problem(.invalid("the Host header must be host[:port]"))
        case .invalidTarget:
            Problem(.invalid("the request target must be a path such as /v1/search, percent-encoded, or a URL of this host"))
        case .targetTooLong:
            Problem(status: .uriTooLong, code: "uri_too_long", detail: "the request target is longer than \(RequestHead.targetBytes) bytes")
        case .headersTooLarge:
            Problem(
                status: .requestHeaderFieldsTooLarge, code: "headers_too_large",
                detail: "the headers are larger than \(HeadLimits.listBytes) bytes, or there are more than \(HeadLimits.fields)")
        case .invalidLength: Problem(.invalid("Content-Length must be one whole number"))
        case .conflictingLength:
            Problem(.invalid("a request may have Content-Length or, in HTTP/1.1, Transfer-Encoding: chunked, but not both"))
        case .unknownTransferCoding:
            Problem(status: .notImplemented, code: "not_implemented", detail: "unsupported Transfer-Encoding; only chunked is supported")
        case .unknownContentCoding:
            Problem(
                status: .unsupportedMediaType, code: "unsupported_encoding",
                detail: "unsupported Content-Encoding; send gzip, deflate, or the body without compression",
                headers: [.acceptEncoding: ContentCoding.accepted])
        case .unknownExpectation:
            Problem(status: .expectationFailed, code: "expectation_failed", detail: "unsupported Expect; only 100-continue is supported")
        case .connect: Problem(status: .notImplemented, code: "not_implemented", detail: "CONNECT is not supported; this is not a proxy")
        case .timeout:
            Problem(status: .requestTimeout, code: "timeout", detail: "the request head did not arrive in time")
        }
    }
}

/// Limits of a request head that the decoder enforces as it arrives.
enum HeadLimits {
    /// Maximum size of the target and all header fields together, and of any one of them, in bytes.
    static let listBytes = 80 << 10
    static let fields = 256
}
