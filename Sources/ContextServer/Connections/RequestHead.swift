import NIOHTTP1

/// A request head that conforms to HTTP, with its connection and body properties.
///
/// - Source: RFC 9112, sections 3, 6 and 9; RFC 9110, sections 7.2, 8.4 and 10.1.1.
struct RequestHead {
    /// The head, with its target in origin form (`/path?query`).
    var head: HTTPRequestHead
    var isHTTP10 = false
    var keepsAlive = true
    /// Length of the body, in bytes; `nil` if it is not known in advance.
    var bodyBytes: Int? = 0
    var expectsContinue = false

    /// Maximum length of a request target, in bytes.
    static let targetBytes = 64 << 10

    static func check(_ head: HTTPRequestHead) -> Result<RequestHead, RequestRefusal> {
        do throws(RequestRefusal) { return .success(try RequestHead(checking: head)) } catch { return .failure(error) }
    }

    init(head: HTTPRequestHead, isHTTP10: Bool, keepsAlive: Bool) {
        (self.head, self.isHTTP10, self.keepsAlive) = (head, isHTTP10, keepsAlive)
    }

    private init(checking head: HTTPRequestHead) throws(RequestRefusal) {
        self.head = head
        isHTTP10 = head.version == .http1_0
        guard head.version.major == 1, head.method != .CONNECT else { throw head.method == .CONNECT ? .connect : .malformed }
        let fields = try HeadFields(head.headers)
        // NIO parses nothing after a request for a protocol upgrade.
        keepsAlive = head.isKeepAlive && !fields.asksForUpgrade
        guard fields.hosts.count == 1 || (fields.hosts.isEmpty && isHTTP10) else {
            throw fields.hosts.isEmpty ? .missingHost : .repeatedHost
        }
        guard fields.hosts.first?.utf8.allSatisfy(\.isHostByte) ?? true else { throw .invalidHost }
        bodyBytes = try Self.bodyBytes(fields, isHTTP10: isHTTP10)
        if !isHTTP10, let expectation = fields.expectation {
            guard expectation.lowercased() == "100-continue" else { throw .unknownExpectation }
            expectsContinue = bodyBytes != 0
        }
        if !fields.contentCodings.isEmpty { _ = try ContentCoding.named(by: fields.contentCodings) }
        if fields.isMarked { self.head.headers.remove(name: RequestRefusal.mark) }
        try checkTarget(host: fields.hosts.first)
    }

    private static func bodyBytes(_ fields: HeadFields, isHTTP10: Bool) throws(RequestRefusal) -> Int? {
        guard !fields.transferCodings.isEmpty else {
            guard let length = fields.lengths.first else { return 0 }
            guard fields.lengths.count == 1, let bytes = Int(length), length.utf8.allSatisfy(\.isDigit) else { throw .invalidLength }
            return bytes
        }
        guard !isHTTP10, fields.lengths.isEmpty else { throw .conflictingLength }
        guard fields.transferCodings.count == 1, fields.transferCodings[0].lowercased() == "chunked" else { throw .unknownTransferCoding }
        return nil
    }

    private mutating func checkTarget(host: String?) throws(RequestRefusal) {
        let target = head.uri.utf8
        guard target.count <= Self.targetBytes else { throw .targetTooLong }
        guard target.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") }) else { throw .invalidTarget }
        if target.first == UInt8(ascii: "/") || (head.method == .OPTIONS && head.uri == "*") { return }
        // The absolute form, as sent to a proxy, is accepted for this host only.
        guard let start = ["http://", "https://"].first(where: { head.uri.lowercased().hasPrefix($0) })?.utf8.count else {
            throw .invalidTarget
        }
        let rest = target.dropFirst(start)
        let authority = rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        guard let host, String(Substring(authority)).lowercased() == host.lowercased() else { throw .invalidTarget }
        let path = String(Substring(rest[authority.endIndex...]))
        head.uri = path.utf8.first == UInt8(ascii: "/") ? path : "/" + path
    }
}

/// The header fields that determine how a request is read, collected in one pass.
private struct HeadFields {
    var hosts: [String] = []
    var lengths: [String] = []
    var transferCodings: [String] = []
    var contentCodings: [String] = []
    var expectation: String?
    var asksForUpgrade = false
    var isMarked = false

    init(_ headers: HTTPHeaders) throws(RequestRefusal) {
        var hasUpgrade = false
        for (name, value) in headers {
            switch name.utf8.count {
            case 4 where name.isField("host"): hosts.append(value)
            case 6 where name.isField("expect"):
                guard expectation == nil else { throw .unknownExpectation }
                expectation = value
            case 7 where name.isField("upgrade"): hasUpgrade = true
            case 14 where name.isField("content-length"): lengths.append(value)
            case 16 where name.isField("content-encoding"): contentCodings += value.isEmpty ? [] : [value]
            case 16 where name.isField(RequestRefusal.mark): isMarked = true
            case 17 where name.isField("transfer-encoding"): transferCodings.append(value)
            default: break
            }
        }
        if hasUpgrade {
            asksForUpgrade = headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
        }
    }
}

extension String {
    /// Returns whether this is the header field `name`, which must be in lower case.
    fileprivate func isField(_ name: String) -> Bool { utf8.elementsEqual(name.utf8) { ($0 >= 0x41 && $0 <= 0x5A ? $0 + 32 : $0) == $1 } }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (0x30...0x39).contains(self) }

    /// Whether the byte may occur in `host[:port]`: in a name, an address, brackets or a colon.
    fileprivate var isHostByte: Bool {
        isDigit || (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self) || [0x2D, 0x2E, 0x3A, 0x5B, 0x5D, 0x5F].contains(self)
    }
}
