/// The allowed `Origin` and `Host` headers: the protection against DNS rebinding.
///
/// Origins match if scheme, host and port are equal. A request without `Origin` does not come from a web page and is allowed.
public struct OriginPolicy: Sendable {
    public enum Decision: Hashable, Sendable {
        case allow
        /// The origin is not allowed (status 403).
        case refuseOrigin
        /// The `Host` header does not name this server (status 421).
        case refuseHost
    }

    private let origins: Set<WebOrigin>
    private let hosts: Set<HostAndPort>
    private let acceptsLoopback: Bool

    /// - Parameters:
    ///   - allowedOrigins: origins such as `https://app.example:8443`; the default port is optional.
    ///   - ownHosts: accepted `Host` values, such as `127.0.0.1:8080` or `[::1]:8080` (without a port: 80 and 443). Their origins
    ///     are allowed too, over http and https. If empty, `Host` is not checked.
    ///   - acceptsLoopback: whether `Host` may also be a loopback name with any port, as through `ssh -L 9000:localhost:8080`. An origin
    ///     with a loopback name is then also allowed if its host and port equal those in `Host`.
    /// - Throws: `OriginPolicyError` with the first invalid entry.
    public init(allowedOrigins: [String], ownHosts: [String], acceptsLoopback: Bool = false) throws(OriginPolicyError) {
        self.acceptsLoopback = acceptsLoopback
        var origins = Set<WebOrigin>()
        for text in allowedOrigins {
            guard let origin = WebOrigin(text) else { throw OriginPolicyError(entry: text) }
            origins.insert(origin)
        }
        var hosts = Set<HostAndPort>()
        for text in ownHosts {
            for scheme in WebScheme.allCases {
                guard let host = HostAndPort(text, scheme: scheme) else { throw OriginPolicyError(entry: text) }
                hosts.insert(host)
                origins.insert(WebOrigin(scheme: scheme, address: host))
            }
        }
        (self.origins, self.hosts) = (origins, hosts)
    }

    /// Returns the policy for a server that listens on the loopback interface only.
    public static func loopback(port: Int, allowedOrigins: [String] = []) throws(OriginPolicyError) -> OriginPolicy {
        try OriginPolicy(
            allowedOrigins: allowedOrigins, ownHosts: ["127.0.0.1:\(port)", "localhost:\(port)", "[::1]:\(port)"], acceptsLoopback: true)
    }

    /// - Parameters:
    ///   - origin: every `Origin` header of the request.
    ///   - host: `Host` or `:authority`; `nil` if the request has neither.
    public func decide(origin: [String], host: String?) -> Decision {
        guard decide(host: host) == .allow else { return .refuseHost }
        guard origin.count < 2 else { return .refuseOrigin }
        guard let text = origin.first else { return .allow }
        guard let origin = WebOrigin(text), origins.contains(origin) || isOwnPage(origin, host) else { return .refuseOrigin }
        return .allow
    }

    /// - Parameter host: `Host` or `:authority`; `nil` if the request has neither.
    public func decide(host: String?) -> Decision {
        guard !hosts.isEmpty else { return .allow }
        guard let host, WebScheme.allCases.contains(where: { isOurs(host, $0) }) else { return .refuseHost }
        return .allow
    }

    private func isOurs(_ host: String, _ scheme: WebScheme) -> Bool {
        guard let address = HostAndPort(host, scheme: scheme) else { return false }
        return hosts.contains(address) || (acceptsLoopback && address.isLoopback)
    }

    /// Returns whether `origin` has a loopback name and equals the `host` of its request.
    private func isOwnPage(_ origin: WebOrigin, _ host: String?) -> Bool {
        guard acceptsLoopback, origin.address.isLoopback, let host else { return false }
        return HostAndPort(host, scheme: origin.scheme) == origin.address
    }
}

/// An error for an invalid origin or host in an origin policy.
public struct OriginPolicyError: Error, Hashable, Sendable, CustomStringConvertible {
    public let entry: String
    public var description: String { "\"\(entry)\" is not an origin (scheme://host[:port]) or a host (host[:port])" }
}

private enum WebScheme: String, CaseIterable, Sendable {
    case http, https

    var defaultPort: UInt16 { self == .http ? 80 : 443 }
}

private struct WebOrigin: Hashable, Sendable {
    let scheme: WebScheme
    let address: HostAndPort

    init(scheme: WebScheme, address: HostAndPort) { (self.scheme, self.address) = (scheme, address) }

    /// Parses `scheme://host[:port]`; rejects user, path, query, and `null`.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard
            let scheme = WebScheme.allCases.first(where: { bytes.lowercasedASCII.starts(with: "\($0.rawValue)://".utf8) }),
            let address = HostAndPort(bytes: bytes.dropFirst(scheme.rawValue.utf8.count + 3), scheme: scheme)
        else { return nil }
        self.init(scheme: scheme, address: address)
    }
}

private struct HostAndPort: Hashable, Sendable {
    let host: [UInt8]
    let port: UInt16

    var isLoopback: Bool { ["127.0.0.1", "localhost", "[::1]"].contains { host.elementsEqual($0.utf8) } }

    init?(_ text: String, scheme: WebScheme) { self.init(bytes: Array(text.utf8)[...], scheme: scheme) }

    /// Parses `host[:port]`, where host is a name of letters, digits, `-`, `.` and `_`, or an IPv6 address in brackets.
    init?(bytes: ArraySlice<UInt8>, scheme: WebScheme) {
        let lower = bytes.lowercasedASCII
        let end: Int
        if lower.first == UInt8(ascii: "[") {
            guard let bracket = lower.firstIndex(of: UInt8(ascii: "]")), bracket > 1,
                lower[1..<bracket].allSatisfy({ $0.isHexDigit || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") })
            else { return nil }
            end = bracket + 1
        } else {
            end = lower.firstIndex(of: UInt8(ascii: ":")) ?? lower.count
            guard end > 0, lower[..<end].allSatisfy(\.isNameByte) else { return nil }
        }
        host = Array(lower[..<end])
        if end == lower.count {
            port = scheme.defaultPort
        } else {
            guard lower[end] == UInt8(ascii: ":"), let port = Self.port(lower[(end + 1)...]) else { return nil }
            self.port = port
        }
    }

    private static func port(_ digits: ArraySlice<UInt8>) -> UInt16? {
        guard (1...5).contains(digits.count), digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        return UInt16(String(decoding: digits, as: UTF8.self))
    }
}

extension Collection<UInt8> {
    fileprivate var lowercasedASCII: [UInt8] { map { $0 >= 0x41 && $0 <= 0x5A ? $0 + 32 : $0 } }
}

extension UInt8 {
    fileprivate var isHexDigit: Bool { (0x30...0x39).contains(self) || (0x61...0x66).contains(self) }
    fileprivate var isNameByte: Bool {
        (0x30...0x39).contains(self) || (0x61...0x7A).contains(self) || self == UInt8(ascii: "-")
            || self == UInt8(ascii: ".") || self == UInt8(ascii: "_")
    }
}
