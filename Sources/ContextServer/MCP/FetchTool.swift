import Catalog
import Failure
import JSON
import MCP
import Tenancy

/// The tool `fetch`.
struct FetchTool<Backend: DocumentBackend>: Sendable {
    let backend: Backend
    let limits: DocumentLimits

    var tool: MCPTool<Backend.Principal> {
        MCPTool(
            name: "fetch", title: "Fetch", description: "Returns the whole text of one document, given its id from a search result.",
            input: input, output: Self.output
        ) { try await call($0, $1) }
    }

    private func call(_ arguments: JSONFields, _ principal: Backend.Principal) async throws -> JSONObject {
        // Arguments that clients add, such as `toolCallId`, are ignored.
        let id = try arguments.string("id", bytes: 1...max(1, limits.idBytes))
        guard let (document, text, parts) = try await backend.fetch(principal, id: id) else {
            throw Failure.notFound("no document has the id \(JSONFields.quote(.string(id))); use an id from a search result")
        }
        var object: JSONObject = [
            "id": .string(document.id.rawValue), "title": .string(document.shownTitle), "text": .string(text),
            "url": .string(document.shownURL), "metadata": .object(document.metadata),
        ]
        object.add(parts)
        return object
    }

    private var input: JSONObject {
        [
            "type": "object",
            "properties": [
                "id": [
                    "type": "string", "minLength": 1, "maxLength": JSONValue(limits.idBytes),
                    "description": "The id of a document, from a search result.",
                ]
            ],
            "required": ["id"],
        ]
    }

    private static var output: JSONObject {
        [
            "type": "object",
            "properties": [
                "id": ["type": "string"], "title": ["type": "string"], "text": ["type": "string"], "url": ["type": "string"],
                "metadata": ["type": "object"],
                "pages": ["type": "integer", "minimum": 0, "description": "Number of pages, if the document has pages."],
                "sheets": ["type": "array", "items": ["type": "string"], "description": "Names of the first 100 sheets."],
                "slides": ["type": "integer", "minimum": 0, "description": "Number of slides, if the document has slides."],
                "attachments": ["type": "array", "items": ["type": "string"], "description": "Names of the first 100 attachments."],
            ],
            "required": ["id", "title", "text", "url", "metadata"],
        ]
    }
}
