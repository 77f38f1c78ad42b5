import Foundation
import MCP

/// Each note is a resource, which clients can list page by page and read.
enum NoteResources {
    static func resources(of notebook: Notebook) -> MCPResources<Void> {
        MCPResources(
            uriTemplate: Note.uriPrefix + "{id}", variable: "id", name: "note", title: "Note", description: "The text of a note.",
            matches: { $0.hasPrefix(Note.uriPrefix) },
            list: { _, after, limit in
                let last = after.flatMap { Int($0) } ?? 0
                let rest = notebook.all.filter { $0.id > last }
                let page = rest.prefix(limit)
                return (resources: page.map { Self.resource($0) }, next: page.count < rest.count ? page.last.map { String($0.id) } : nil)
            },
            read: { _, uri in
                notebook.all.first { $0.uri == uri }.map { MCPResourceText(mimeType: "text/plain", text: $0.text) }
            },
            complete: { _, prefix, limit in
                let ids = notebook.all.map { String($0.id) }.filter { $0.hasPrefix(prefix) }
                return (values: Array(ids.prefix(limit)), total: ids.count)
            })
    }

    private static func resource(_ note: Note) -> MCPResource {
        MCPResource(
            uri: note.uri, name: String(note.id), title: "Note \(note.id)", mimeType: "text/plain", size: note.text.utf8.count,
            lastModified: note.added.formatted(Date.ISO8601FormatStyle()))
    }
}
