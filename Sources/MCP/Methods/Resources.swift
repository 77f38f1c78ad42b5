import Failure
import JSON

extension MCPServer {
    /// Handles `resources/list`: returns one page of the principal's resources.
    func listResources(
        _ params: JSONObject, _ principal: Principal, _ revision: ProtocolRevision
    ) async throws(RPCError) -> MCPResult {
        let cursor = try cursor(params)
        let size = cursor == nil ? limits.firstPageSize ?? limits.pageSize : limits.pageSize
        let page = try await calling(.resourcesList) {
            try await resources?.list(principal, cursor?.after, size) ?? (resources: [], next: nil)
        }
        var fields: JSONObject = ["resources": .array(page.resources.map { .object(Self.entry($0, revision)) })]
        if let next = page.next { fields["nextCursor"] = .string(PageCursor(after: next).encoded) }
        return MCPResult(fields, caching: .never)
    }

    private static func entry(_ resource: MCPResource, _ revision: ProtocolRevision) -> JSONObject {
        let titled = revision.hasTitlesAndStructuredResults
        var object: JSONObject = ["uri": .string(resource.uri), "name": .string(titled ? resource.name : resource.title)]
        if titled { object["title"] = .string(resource.title) }
        object["mimeType"] = .string(resource.mimeType)
        object["size"] = JSONValue(resource.size)
        if titled { object["annotations"] = ["lastModified": .string(resource.lastModified)] }
        return object
    }

    /// Handles `resources/templates/list`.
    func listResourceTemplates(_ params: JSONObject, _ revision: ProtocolRevision) throws(RPCError) -> MCPResult {
        try refuseCursor(params)
        guard let resources else { return MCPResult(["resourceTemplates": []], caching: .forAll) }
        var template: JSONObject = ["uriTemplate": .string(resources.uriTemplate), "name": .string(resources.name)]
        if revision.hasTitlesAndStructuredResults { template["title"] = .string(resources.title) }
        template["description"] = .string(resources.description)
        return MCPResult(["resourceTemplates": [.object(template)]], caching: .forAll)
    }

    /// Handles `resources/read`: returns the text of a resource.
    func readResource(_ params: JSONObject, _ principal: Principal) async throws(RPCError) -> MCPResult {
        guard case .string(let uri)? = params["uri"] else { throw .invalidParams("uri must be a string") }
        let found = try await calling(.resourcesRead) {
            do {
                return try await resources?.read(principal, uri)
            } catch  where Failure(error).kind == .notFound {
                return nil
            }
        }
        guard let resource = found else { throw .resourceNotFound(quotable(uri)) }
        var contents: JSONObject = ["uri": .string(uri), "mimeType": .string(resource.mimeType), "text": .string(resource.text)]
        if !resource.metadata.isEmpty { contents["_meta"] = .object(resource.metadata) }
        return MCPResult(["contents": [.object(contents)]], caching: .never)
    }

    /// Returns the URI for an error's data, shortened if it is longer than any valid one.
    private func quotable(_ uri: String) -> String { uri.utf8.count <= limits.uriBytes ? uri : uri.shortened(toBytes: 200) }
}
