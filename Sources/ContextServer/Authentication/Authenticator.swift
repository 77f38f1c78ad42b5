@_spi(ScopeMinting) import Catalog
import HTTPTypes
import Hummingbird
import NIOCore
import Tenancy

/// The authentication of requests: it maps the `Authorization` header to a `Caller`, and alone asks the catalog for scopes.
///
/// The catalog verifies the key on every request, and for every query of a WebSocket, so that a revoked key fails at the next one. The
/// outcome decides whether the connection may be evicted for new ones, and failures count against the client's address.
struct Authenticator: Sendable {
    let catalog: CatalogStore
    let connections: Connections
    let failures: FailedKeys

    /// - Throws: `Problem.missingKey`; `Problem.invalidKey`, with the same text for an unknown, a wrong and a revoked key; `Problem.tooManyFailures` if the
    ///   address exceeded its limit of failures.
    func caller(for headers: HTTPFields, on channel: any Channel) async throws -> Caller {
        let values = headers[values: .authorization]
        guard let header = values.first else {
            connections.note(channel, isAuthenticated: false)
            throw Problem.missingKey
        }
        guard values.count == 1, let key = Self.bearerKey(header), let caller = try await caller(for: key) else {
            if let seconds = noteFailure(on: channel) { throw Problem.tooManyFailures(retryAfter: seconds) }
            throw Problem.invalidKey
        }
        connections.note(channel, isAuthenticated: true)
        return caller
    }

    /// - Returns: `nil` if the key is unknown, wrong or revoked.
    func caller(for key: APIKey) async throws -> Caller? {
        guard let (record, scope) = try await catalog.verify(key) else { return nil }
        return Caller(scope: scope, key: record.id, permissions: record.permissions)
    }

    /// Records that `channel` sent an invalid key.
    ///
    /// - Returns: the seconds that the address has to wait if its keys failed too often, else `nil`.
    func noteFailure(on channel: any Channel) -> Int? {
        connections.note(channel, isAuthenticated: false)
        return failures.note(channel)
    }

    /// Returns the key of `Bearer KEY`; the scheme's case does not matter (RFC 9110, section 11.1).
    private static func bearerKey(_ header: String) -> APIKey? {
        let bytes = header.utf8
        let scheme = bytes.prefix { $0 != UInt8(ascii: " ") }
        guard scheme.elementsEqual("bearer".utf8, by: { $0 | 0x20 == $1 }) else { return nil }
        let key = bytes[scheme.endIndex...].drop { $0 == UInt8(ascii: " ") }
        return APIKey(String(Substring(key)))
    }
}
