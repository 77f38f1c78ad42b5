import JSON

extension MCPServer {
    /// `server/discover`: who we are, without a handshake.
    func discover() -> MCPResult {
        MCPResult(
            [
                "supportedVersions": JSONValue(ProtocolRevision.modern.map(\.rawValue)),
                "capabilities": .object(capabilities), "instructions": .string(instructions),
            ], caching: .forAll)
    }

    /// `initialize`: a pure function here, for no session comes of it. An offer that we do not serve, the modern one
    /// included, is answered with the newest revision that has a handshake.
    func initialize(_ params: JSONObject) throws(RPCError) -> MCPResult {
        let revision = try negotiated(params)
        return MCPResult([
            "protocolVersion": .string(revision.rawValue), "capabilities": .object(capabilities),
            "serverInfo": .object(implementation(revision)), "instructions": .string(instructions),
        ])
    }

    /// The revision that `initialize` with these parameters settles on.
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

    /// What we offer: nothing that changes by itself, so no `listChanged` and no `subscribe`.
    var capabilities: JSONObject { ["tools": [:], "resources": [:], "prompts": [:], "completions": [:]] }

    func implementation(_ revision: ProtocolRevision) -> JSONObject {
        var object: JSONObject = ["name": .string(info.name), "version": .string(info.version)]
        if revision.hasTitlesAndStructuredResults { object["title"] = .string(info.title) }
        if revision.hasWebsiteURL, let url = info.websiteURL { object["websiteUrl"] = .string(url) }
        return object
    }
}
