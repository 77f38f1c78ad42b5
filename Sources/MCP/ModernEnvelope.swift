import ByteText
import JSON

extension RPCRequest {
    /// Whether `params._meta` names a protocol version, in any form: only modern requests do.
    var namesItsVersion: Bool { meta?[MetaKey.protocolVersion] != nil }
}

/// What every modern request carries in `params._meta`.
enum ModernEnvelope {
    /// Rung 1 of the ladder: the required members are there.
    ///
    /// - Returns: the version that the body names.
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

    /// Rung 3: we serve that version without a handshake.
    static func revision(_ version: String) throws(RPCError) -> ProtocolRevision {
        guard let revision = ProtocolRevision.modern.first(where: { version.hasSameBytes(as: $0.rawValue) }) else {
            throw .unsupportedVersion(version.shortened(toBytes: 80))
        }
        return revision
    }
}
