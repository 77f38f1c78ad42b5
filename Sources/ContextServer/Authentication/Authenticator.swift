@_spi(ScopeMinting) import Catalog
import HTTPTypes
import Hummingbird
import NIOCore
public import Tenancy

/// Who is asking, after the key has been checked.
public struct Caller: Hashable, Sendable {
    public let scope: TenantScope
    public let key: KeyID
    public let permissions: Set<Permission>

    /// - Throws: `Problem.forbidden` where the key lacks the permission.
    func require(_ permission: Permission) throws {
        guard permissions.contains(permission) else { throw Problem.forbidden(permission) }
    }
}

/// Turns the `Authorization` header into a `Caller`: the one place in the server that asks the catalog for a scope.
///
/// The catalog is asked on every request, and for every query of a connection, so that a revoked key ends with the next one. The outcome
/// decides whether the connection may be evicted for new ones, and failures slow their address down.
struct Authenticator: Sendable {
    let catalog: CatalogStore
    let connections: Connections
    let failures: FailedKeys

    /// - Throws: `Problem.unauthenticated`, with the same words for an unknown, a wrong and a revoked key; `Problem.tooManyFailures` after
    ///   too many of these from the address.
    func caller(for headers: HTTPFields, on channel: any Channel) async throws -> Caller {
        let values = headers[values: .authorization]
        guard let header = values.first else {
            connections.note(channel, isAuthenticated: false)
            throw Problem.unauthenticated(.missing)
        }
        guard values.count == 1, let key = Self.bearerKey(header), let caller = try await caller(for: key) else {
            if let seconds = noteFailure(on: channel) { throw Problem.tooManyFailures(retryAfter: seconds) }
            throw Problem.unauthenticated(.invalid)
        }
        connections.note(channel, isAuthenticated: true)
        return caller
    }

    /// - Returns: `nil` for an unknown, a wrong and a revoked key.
    func caller(for key: APIKey) async throws -> Caller? {
        guard let (record, scope) = try await catalog.verify(key) else { return nil }
        return Caller(scope: scope, key: record.id, permissions: record.permissions)
    }

    /// Notes that a key that came over `channel` is not valid.
    ///
    /// - Returns: the seconds that the address has to wait, where its keys failed too often.
    func noteFailure(on channel: any Channel) -> Int? {
        connections.note(channel, isAuthenticated: false)
        return failures.note(channel)
    }

    /// The key of `Bearer KEY`; the scheme's case does not matter (RFC 9110, section 11.1).
    private static func bearerKey(_ header: String) -> APIKey? {
        let bytes = header.utf8
        let scheme = bytes.prefix { $0 != UInt8(ascii: " ") }
        guard scheme.elementsEqual("bearer".utf8, by: { $0 | 0x20 == $1 }) else { return nil }
        let key = bytes[scheme.endIndex...].drop { $0 == UInt8(ascii: " ") }
        return APIKey(String(Substring(key)))
    }
}

extension Caller {
    /// The operator at the command line, who holds the data directory and so may do all within the scope.
    public init(localOperatorOf scope: TenantScope) {
        self.init(scope: scope, key: KeyID("operator0000") ?? APIKey.random().id, permissions: Set(Permission.allCases))
    }
}
