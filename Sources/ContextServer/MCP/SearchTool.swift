import Catalog
import Citing
import JSON
import MCP
import Retrieval
import Tenancy

/// The tool `search`.
struct SearchTool<Backend: DocumentBackend>: Sendable {
    let backend: Backend
    let limits: DocumentLimits

    var tool: MCPTool<Backend.Principal> {
        MCPTool(
            name: "search", title: "Search",
            description: """
                Searches the documents by meaning and by keyword. Returns passages, best first, each with its document's id, title \
                and URL and its position in the document (page, sheet or slide, if it has any), so that it can be cited. \
                To read the whole document, call fetch with its id.
                """,
            input: input, output: Self.output
        ) { try await call($0, $1) }
    }

    private func call(_ arguments: JSONFields, _ principal: Backend.Principal) async throws -> JSONObject {
        // Arguments that clients add, such as `toolCallId`, are ignored.
        let arguments = arguments.readingOptions(["limit", "filter"])
        let query = try arguments.string("query")
        try SearchRequest.check(query: query)
        let limit = try arguments.optionalInt("limit", in: 1...max(1, limits.searchResults))
        let filter = try arguments.optionalObject("filter").map { try MetadataFilter(.object($0.object)) }
        let request = SearchRequest(query: query, limit: limit ?? min(limits.defaultSearchResults, limits.searchResults), filter: filter)
        let results = try await backend.search(principal, request)
        return ["results": .array(results.map { .object(Self.result($0)) })]
    }

    private static func result(_ result: SearchResult) -> JSONObject {
        let (document, chunk) = (result.document, result.chunk)
        var object: JSONObject = [
            "id": .string(document.id.rawValue), "title": .string(document.shownTitle), "url": .string(document.shownURL),
            "text": .string(chunk.text), "score": .number(result.score.isFinite ? result.score.shortest : 0),
            "span": chunk.span.json, "chunk_id": .string(result.found.position.id), "document_id": .string(document.id.rawValue),
            "heading_path": JSONValue(chunk.headings), "metadata": .object(document.metadata),
        ]
        object.add(chunk.parts.place)
        return object
    }

    private var input: JSONObject {
        [
            "type": "object",
            "properties": [
                "query": [
                    "type": "string", "minLength": 1, "maxLength": JSONValue(SearchRequest.maximumQueryBytes),
                    "description": .string(
                        "The search query, in plain language or keywords; at most \(SearchRequest.maximumQueryBytes) bytes of UTF-8."),
                ],
                "limit": [
                    "type": "integer", "minimum": 1, "maximum": JSONValue(limits.searchResults),
                    "default": JSONValue(limits.defaultSearchResults), "description": "Maximum number of passages to return.",
                ],
                "filter": .object(Self.filterSchema),
            ],
            "required": ["query"],
        ]
    }

    private static var filterSchema: JSONObject {
        [
            "type": "object",
            "description": """
            Limits the search to documents whose metadata matches: {"key":…,"op":…,"value":…}, or {"and":[filters]}, or \
            {"or":[filters]}, nested as needed. For in and nin, value is an array. \
            Example: {"and":[{"key":"year","op":"gte","value":2020},{"key":"lang","op":"in","value":["en","de"]}]}
            """,
            "properties": [
                "key": ["type": "string", "description": "The name of a metadata field."],
                "op": ["type": "string", "enum": ["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"]],
                "value": ["description": "The value to compare the field with."],
                "and": ["type": "array", "items": ["type": "object"]],
                "or": ["type": "array", "items": ["type": "object"]],
            ],
            "additionalProperties": false,
        ]
    }

    private static var output: JSONObject {
        let span: JSONValue = [
            "type": "object", "description": "Position of the passage in the document's text, in UTF-8 bytes.",
            "properties": ["start": ["type": "integer", "minimum": 0], "end": ["type": "integer", "minimum": 0]],
            "required": ["start", "end"],
        ]
        let result: JSONValue = [
            "type": "object",
            "properties": [
                "id": ["type": "string", "description": "The document's id, for fetch."],
                "title": ["type": "string"], "url": ["type": "string"],
                "text": ["type": "string", "description": "The text of the passage."],
                "score": ["type": "number"], "span": span,
                "chunk_id": ["type": "string"], "document_id": ["type": "string"],
                "heading_path": ["type": "array", "items": ["type": "string"]],
                "metadata": ["type": "object"],
                "page": ["type": "integer", "minimum": 1, "description": "Page of the file on which the passage begins, from 1."],
                "page_end": ["type": "integer", "minimum": 1, "description": "Page on which the passage ends, if it is another one."],
                "page_label": ["type": "string", "description": "Printed page number, if it differs from page."],
                "sheet": ["type": "string", "description": "Name of the spreadsheet's sheet."],
                "slide": ["type": "integer", "minimum": 1, "description": "Number of the slide, from 1."],
                "attachment": ["type": "string", "description": "Name of the attached file."],
            ],
            "required": ["id", "title", "url", "text", "score", "span", "chunk_id", "document_id", "heading_path", "metadata"],
        ]
        return [
            "type": "object", "properties": ["results": ["type": "array", "items": result]], "required": ["results"],
        ]
    }
}
