import Citing
import MCP

/// Documents as resources.
enum DocumentResources {
    static func resources<Backend: DocumentBackend>(over backend: Backend, _ limits: DocumentLimits) -> MCPResources<Backend.Principal> {
        MCPResources(
            uriTemplate: DocumentURI.template, variable: "id", name: "document", title: "Document",
            description: "The extracted text of one document; {id} is its percent-encoded id.",
            matches: { DocumentURI.id(in: $0) != nil },
            list: { principal, after, limit in
                let page = try await backend.listDocuments(principal, after: after, limit: limit)
                return (page.documents.map(resource), page.next)
            },
            read: { principal, uri in
                guard let id = DocumentURI.id(in: uri), id.utf8.count <= limits.idBytes else { return nil }
                return try await backend.fetch(principal, id: id).map { MCPResourceText(mimeType: $0.mimeType, text: $0.text) }
            },
            complete: { principal, prefix, limit in
                try await backend.completeDocumentID(principal, prefix: prefix, limit: limit)
            })
    }

    private static func resource(_ document: MCPDocumentSummary) -> MCPResource {
        MCPResource(
            uri: DocumentURI.uri(of: document.id), name: document.id, title: document.title.isEmpty ? document.id : document.title,
            mimeType: document.mimeType, size: document.sizeBytes, lastModified: document.updatedAt)
    }
}
