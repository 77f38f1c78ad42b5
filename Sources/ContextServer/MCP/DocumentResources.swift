import Catalog
import Citing
import MCP
import Tenancy

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
                return try await backend.fetch(principal, id: id).map { MCPResourceText(mimeType: mediaType, text: $0.text) }
            },
            complete: { principal, prefix, limit in
                try await backend.completeDocumentID(principal, prefix: prefix, limit: limit)
            })
    }

    private static func resource(_ document: DocumentRecord) -> MCPResource {
        MCPResource(
            uri: DocumentURI.uri(of: document.id.rawValue), name: document.id.rawValue, title: document.shownTitle, mimeType: mediaType,
            size: document.textBytes, lastModified: document.updatedAt.iso8601)
    }

    /// The media type of the extracted text, not of the uploaded file.
    private static let mediaType = "text/plain"
}

extension DocumentRecord {
    /// The title, or the id of a document without one: MCP's clients expect text.
    var shownTitle: String { title.flatMap { $0.isEmpty ? nil : $0 } ?? id.rawValue }

    /// The URL at which people can read the document, or its resource URI.
    var shownURL: String { url.flatMap { $0.isEmpty ? nil : $0 } ?? DocumentURI.uri(of: id.rawValue) }
}
