import HTTPTypes
import Hummingbird
import MCP
import Synchronization

/// A holder of the origin policy, which can be created only when the port is known.
final class OriginGuard: Sendable {
    private let policy = Mutex<OriginPolicy?>(nil)

    func set(_ policy: OriginPolicy) { self.policy.withLock { $0 = policy } }

    /// - Throws: `Problem` 403 for a web page of another origin, 421 for a host name that is not this server's.
    func check(_ request: Request) throws {
        guard let policy = policy.withLock({ $0 }) else { return }
        try check(policy.decide(origin: request.headers[values: .origin], host: request.head.authority))
    }

    /// Returns whether the request comes from a web page that is allowed here.
    func allows(_ request: Request) -> Bool {
        guard let policy = policy.withLock({ $0 }) else { return false }
        return policy.decide(origin: request.headers[values: .origin], host: request.head.authority) == .allow
    }

    /// Checks the request's host. A request without one passes: it is HTTP/1.0, which no browser sends.
    ///
    /// - Throws: `Problem` 421 for a host name that is not this server's.
    func checkHost(_ request: Request) throws {
        guard let host = request.head.authority, let policy = policy.withLock({ $0 }) else { return }
        try check(policy.decide(host: host))
    }

    private func check(_ decision: OriginPolicy.Decision) throws {
        switch decision {
        case .allow: return
        case .refuseOrigin:
            throw Problem(status: .forbidden, code: "origin_refused", detail: "this Origin is not allowed; see --allowed-origin")
        case .refuseHost:
            throw Problem(
                status: .misdirectedRequest, code: "host_refused",
                detail: "this Host is not allowed; if a proxy forwards it, see --allowed-host")
        }
    }
}
