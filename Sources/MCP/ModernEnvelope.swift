import ByteText
import JSON

extension RPCRequest {
    /// Whether `params._meta` has a protocol version of any type: only modern requests have one.
    var namesItsVersion: Bool { meta?[MetaKey.protocolVersion] != nil }
}

/// The members of `params._meta` that every modern request must have.
enum ModernEnvelope {
    /// Performs check 1: the required members are present.
    ///
    /// - Returns: the protocol version in the body.
    static func version(of request: RPCRequest) throws(RPCError) -> String {
        let params = try request.parameters()
        guard case .object(let meta)? = params["_meta"] else { throw .invalidParams("params._meta must be an object") }
        guard case .string(let version)? = meta[MetaKey.protocolVersion] else {
            throw .invalidParams("params._meta[\"\(MetaKey.protocolVersion)\"] must be a string")
        }
        guard case .object? = meta[MetaKey.clientCapabilities] else {
            throw .invalidParams("params._meta[\"\(MetaKey.clientCapabilities)\"] must be an object")
        }
        return version
    }

    /// Performs check 3: the server supports that version without a handshake.
    static func revision(_ version: String) throws(RPCError) -> ProtocolRevision {
        guard let revision = ProtocolRevision.modern.first(where: { version.hasSameBytes(as: $0.rawValue) }) else {
            throw .unsupportedVersion(version.shortened(toBytes: 80))
        }
        return revision
    }
}
