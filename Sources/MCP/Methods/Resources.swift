import Failure
import JSON

extension MCPServer {
    /// Handles `resources/list`: returns one page of the principal's documents.
    func listResources(
        _ params: JSONObject, _ principal: Backend.Principal, _ revision: ProtocolRevision
    ) async throws(RPCError) -> MCPResult {
        let cursor = try cursor(params)
        let page = try await calling(.resourcesList) {
            try await backend.listDocuments(principal, after: cursor?.after, limit: limits.pageSize)
        }
        let resources = page.documents.map { JSONValue.object(resource($0, revision)) }
        var fields: JSONObject = ["resources": .array(resources)]
        if let next = page.next { fields["nextCursor"] = .string(PageCursor(after: next).encoded) }
        return MCPResult(fields, caching: .never)
    }

    private func resource(_ document: MCPDocumentSummary, _ revision: ProtocolRevision) -> JSONObject {
        let title = document.title.isEmpty ? document.id : document.title
        let titled = revision.hasTitlesAndStructuredResults
        var object: JSONObject = [
            "uri": .string(DocumentURI.uri(of: document.id)),
            "name": .string(titled ? document.id : title),
        ]
        if titled { object["title"] = .string(title) }
        object["mimeType"] = .string(document.mimeType)
        object["size"] = JSONValue(document.sizeBytes)
        if titled { object["annotations"] = ["lastModified": .string(document.updatedAt)] }
        return object
    }

    /// Handles `resources/templates/list`: returns the one template of document URIs.
    func listResourceTemplates(_ params: JSONObject, _ revision: ProtocolRevision) throws(RPCError) -> MCPResult {
        try refuseCursor(params)
        var template: JSONObject = ["uriTemplate": .string(DocumentURI.template), "name": "document"]
        if revision.hasTitlesAndStructuredResults { template["title"] = "Document" }
        template["description"] = "The extracted text of one document; {id} is its percent-encoded id."
        return MCPResult(["resourceTemplates": [.object(template)]], caching: .forAll)
    }

    /// Handles `resources/read`: returns the extracted text of a document.
    func readResource(_ params: JSONObject, _ principal: Backend.Principal) async throws(RPCError) -> MCPResult {
        guard case .string(let uri)? = params["uri"] else { throw .invalidParams("uri must be a string") }
        guard let id = DocumentURI.id(in: uri), id.utf8.count <= limits.idBytes else { throw .resourceNotFound(quotable(uri)) }
        let found = try await calling(.resourcesRead) {
            do {
                return try await backend.fetch(principal, id: id)
            } catch where Failure(error).kind == .notFound {
                return nil
            }
        }
        guard let document = found else { throw .resourceNotFound(quotable(uri)) }
        let contents: JSONValue = [
            "uri": .string(uri), "mimeType": .string(document.mimeType), "text": .string(document.text),
        ]
        return MCPResult(["contents": [contents]], caching: .never)
    }

    /// Returns the URI for an error's data, shortened if it is longer than any valid document URI.
    private func quotable(_ uri: String) -> String {
        uri.utf8.count <= DocumentURI.prefix.utf8.count + 3 * limits.idBytes ? uri : uri.shortened(toBytes: 200)
    }
}
