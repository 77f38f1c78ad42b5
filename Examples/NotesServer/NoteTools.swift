import JSON
import MCP

/// A tool is its description for the model, the JSON Schemas of its arguments and its result, and a handler. What the handler throws tells
/// the model what to change: `JSONFields` throws a `JSONFieldError` that names the invalid argument.
enum NoteTools {
    static func add(to notebook: Notebook) -> MCPTool<Void> {
        MCPTool(
            name: "add_note", title: "Add a note", description: "Saves a note. Returns the note with its id and its URI.",
            input: [
                "type": "object",
                "properties": ["text": ["type": "string", "minLength": 1, "description": "The text of the note."]],
                "required": ["text"],
            ],
            output: Note.schema, isReadOnly: false
        ) { arguments, _ in
            try notebook.add(arguments.string("text", bytes: 1...Notebook.maximumTextBytes)).json
        }
    }

    static func find(in notebook: Notebook) -> MCPTool<Void> {
        MCPTool(
            name: "find_notes", title: "Find notes",
            description: "Returns the notes that contain every word of the query, newest first.",
            input: [
                "type": "object",
                "properties": [
                    "query": ["type": "string", "minLength": 1, "description": "Words that the notes contain."],
                    "limit": ["type": "integer", "minimum": 1, "maximum": 50, "default": 10, "description": "Maximum number of notes."],
                ],
                "required": ["query"],
            ],
            output: [
                "type": "object", "properties": ["notes": ["type": "array", "items": .object(Note.schema)]], "required": ["notes"],
            ]
        ) { arguments, _ in
            let arguments = arguments.readingOptions(["limit"])
            let limit = try arguments.optionalInt("limit", in: 1...50) ?? 10
            let found = try notebook.find(arguments.string("query", bytes: 1...Notebook.maximumTextBytes))
            return ["notes": .array(found.prefix(limit).map { .object($0.json) })]
        }
    }
}
