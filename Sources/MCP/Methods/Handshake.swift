import JSON

extension MCPServer {
    /// Handles `server/discover`: describes the server without a handshake.
    func discover() -> MCPResult {
        MCPResult(
            [
                "supportedVersions": JSONValue(ProtocolRevision.modern.map(\.rawValue)),
                "capabilities": .object(capabilities(.july2026)), "instructions": .string(instructions),
            ], caching: .forAll)
    }

    /// Handles `initialize` without creating a session. If the client offers an unsupported or a modern revision, the server
    /// responds with the newest revision that has a handshake.
    func initialize(_ params: JSONObject) throws(RPCError) -> MCPResult {
        let revision = try negotiated(params)
        return MCPResult([
            "protocolVersion": .string(revision.rawValue), "capabilities": .object(capabilities(revision)),
            "serverInfo": .object(implementation(revision)), "instructions": .string(instructions),
        ])
    }

    /// Returns the revision that `initialize` negotiates for these parameters.
    func negotiated(_ params: JSONObject) throws(RPCError) -> ProtocolRevision {
        do {
            let fields = JSONFields(params)
            let offer = try fields.string("protocolVersion")
            _ = try fields.object("capabilities")
            let client = try fields.object("clientInfo")
            _ = try client.string("name")
            _ = try client.string("version")
            return ProtocolRevision.legacy(offer) ?? .newestLegacy
        } catch {
            throw RPCError(error)
        }
    }

    /// The server's capabilities, without `listChanged` and `subscribe`: the server sends no change notifications.
    private func capabilities(_ revision: ProtocolRevision) -> JSONObject {
        var capabilities = JSONObject()
        if !tools.isEmpty { capabilities["tools"] = [:] }
        if resources != nil { capabilities["resources"] = [:] }
        if !prompts.isEmpty { capabilities["prompts"] = [:] }
        if revision.hasAnnotationsAndCompletions, resources != nil || !prompts.isEmpty { capabilities["completions"] = [:] }
        return capabilities
    }

    func implementation(_ revision: ProtocolRevision) -> JSONObject {
        var object: JSONObject = ["name": .string(info.name), "version": .string(info.version)]
        if revision.hasTitlesAndStructuredResults { object["title"] = .string(info.title) }
        if revision.hasWebsiteURL, let url = info.websiteURL { object["websiteUrl"] = .string(url) }
        return object
    }
}
