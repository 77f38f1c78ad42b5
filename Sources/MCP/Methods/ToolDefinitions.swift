import JSON

/// The tools that the server offers to clients.
enum ToolName: String, CaseIterable, Sendable { case search, fetch }

extension MCPServer {
    func listTools(_ params: JSONObject, _ revision: ProtocolRevision) throws(RPCError) -> MCPResult {
        try refuseCursor(params)
        let tools = ToolName.allCases.map { JSONValue.object(definition(of: $0, revision)) }
        return MCPResult(["tools": .array(tools)], caching: .forAll)
    }

    private func definition(of tool: ToolName, _ revision: ProtocolRevision) -> JSONObject {
        let (title, description, input, output): (String, String, JSONObject, JSONObject)
        switch tool {
        case .search: (title, description, input, output) = ("Search", Self.searchDescription, searchInput, Self.searchOutput)
        case .fetch: (title, description, input, output) = ("Fetch", Self.fetchDescription, fetchInput, Self.fetchOutput)
        }
        var object: JSONObject = ["name": .string(tool.rawValue)]
        let structured = revision.hasTitlesAndStructuredResults
        if structured { object["title"] = .string(title) }
        object["description"] = .string(description)
        object["inputSchema"] = .object(input)
        if structured { object["outputSchema"] = .object(output) }
        object["annotations"] = [
            "title": .string(title), "readOnlyHint": true, "destructiveHint": false, "idempotentHint": true,
            "openWorldHint": false,
        ]
        return object
    }

    private static var searchDescription: String {
        """
        Searches the documents by meaning and by keyword. Returns passages, best first, each with its document's id, title \
        and URL and its position in the document, so that it can be cited. To read the whole document, call fetch with \
        its id.
        """
    }

    private static var fetchDescription: String { "Returns the whole text of one document, given its id from a search result." }

    private var searchInput: JSONObject {
        [
            "type": "object",
            "properties": [
                "query": [
                    "type": "string", "minLength": 1, "maxLength": JSONValue(limits.queryCharacters),
                    "description": "The search query, in plain language or keywords.",
                ],
                "limit": [
                    "type": "integer", "minimum": 1, "maximum": JSONValue(limits.searchResults),
                    "default": JSONValue(limits.defaultSearchResults), "description": "Maximum number of passages to return.",
                ],
                "filter": .object(Self.filterSchema),
            ],
            "required": ["query"], "additionalProperties": false,
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

    private var fetchInput: JSONObject {
        [
            "type": "object",
            "properties": [
                "id": [
                    "type": "string", "minLength": 1, "maxLength": JSONValue(limits.idBytes),
                    "description": "The id of a document, from a search result.",
                ]
            ],
            "required": ["id"], "additionalProperties": false,
        ]
    }

    private static var searchOutput: JSONObject {
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
            ],
            "required": ["id", "title", "url", "text", "score", "span", "chunk_id", "document_id", "heading_path", "metadata"],
        ]
        return [
            "type": "object", "properties": ["results": ["type": "array", "items": result]], "required": ["results"],
        ]
    }

    private static var fetchOutput: JSONObject {
        [
            "type": "object",
            "properties": [
                "id": ["type": "string"], "title": ["type": "string"], "text": ["type": "string"], "url": ["type": "string"],
                "metadata": ["type": "object"],
            ],
            "required": ["id", "title", "text", "url", "metadata"],
        ]
    }
}
