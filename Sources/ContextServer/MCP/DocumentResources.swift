import Catalog
import Citing
import JSON
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
                return try await backend.fetch(principal, id: id).map { found in
                    MCPResourceText(mimeType: mediaType, text: found.text, metadata: metadata(found.parts))
                }
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

    /// Returns the parts of a document under one key; empty if it has none.
    private static func metadata(_ parts: DocumentParts) -> JSONObject {
        var object = JSONObject()
        object.add(parts)
        return object.isEmpty ? [:] : ["contextd/parts": .object(object)]
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
