import ByteText
import JSON

/// The action that one stdio line requires. It is decided synchronously, so that tests can compare plain values.
enum StdioStep: Sendable {
    case nothing
    case cancel(RPCID)
    /// A response that needs no processing.
    case say(JSONValue)
    /// An `initialize` request, which sets the revision of the requests after it and cannot be cancelled.
    case handshake(RPCRequest)
    case serve(RPCRequest, ProtocolRevision)
    case serveBatch([JSONValue])

    /// - Parameter revision: the revision that the last handshake negotiated.
    init(_ line: [UInt8], limits: MCPLimits, revision: ProtocolRevision) {
        guard line.count <= limits.stdioLineBytes else {
            self = .say(Self.invalid("a line must be at most \(limits.stdioLineBytes) bytes"))
            return
        }
        guard line.contains(where: { ![0x20, 0x09, 0x0D].contains($0) }) else {
            self = .nothing
            return
        }
        do {
            self.init(try JSONValue(parsing: line, limits: limits.json), limits: limits, revision: revision)
        } catch {
            self = .say(RPCAnswer.error(.init(.parseError, "Parse error: \(error)"), id: nil))
        }
    }

    private init(_ value: JSONValue, limits: MCPLimits, revision: ProtocolRevision) {
        if case .array(let messages) = value {
            self.init(batch: messages, limits: limits, revision: revision)
            return
        }
        switch RPCMessage(value) {
        case .response: self = .nothing
        case .invalid(let id, let reason): self = .say(Self.invalid(reason, id: id))
        case .notification(let method, let params):
            let id = params?["requestId"].flatMap(RPCID.init)
            self = method.hasSameBytes(as: "notifications/cancelled") ? id.map(StdioStep.cancel) ?? .nothing : .nothing
        case .request(let request): self.init(request, revision: revision)
        }
    }

    /// Performs checks 1 and 3 of modern requests; check 2 concerns HTTP headers.
    private init(_ request: RPCRequest, revision: ProtocolRevision) {
        guard request.namesItsVersion || request.meta?[MetaKey.clientCapabilities] != nil else {
            let isHandshake = request.method == MCPMethod.initialize.rawValue
            self = isHandshake ? .handshake(request) : .serve(request, revision)
            return
        }
        do {
            let version = try ModernEnvelope.version(of: request)
            self = .serve(request, try ModernEnvelope.revision(version))
        } catch {
            self = .say(RPCAnswer.error(error, id: request.id))
        }
    }

    private init(batch messages: [JSONValue], limits: MCPLimits, revision: ProtocolRevision) {
        if !revision.hasBatches {
            self = .say(Self.invalid("batches are not part of this protocol version"))
        } else if messages.isEmpty || messages.count > limits.batchMessages {
            self = .say(Self.invalid("a batch must have 1 to \(limits.batchMessages) messages"))
        } else {
            self = .serveBatch(messages)
        }
    }

    static func idInUse(_ id: RPCID) -> JSONValue { invalid("a request with this id is still running", id: id) }

    private static func invalid(_ reason: String, id: RPCID? = nil) -> JSONValue {
        RPCAnswer.error(.init(.invalidRequest, "Invalid request: \(reason)"), id: id)
    }
}
