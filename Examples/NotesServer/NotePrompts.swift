import Failure
import JSON
import MCP

/// A prompt is a text that a user picks by name; its handler fills in the arguments.
enum NotePrompts {
    /// The newest notes that go into a prompt.
    private static let maximumNotes = 50

    static func summarize(_ notebook: Notebook) -> MCPPrompt<Void> {
        MCPPrompt(
            name: "summarize_notes", title: "Summarize notes", description: "Asks for a summary of the notes on a topic.",
            arguments: [.init(name: "topic", title: "Topic", description: "Words that the notes contain.", isRequired: true)]
        ) { arguments, _ in
            let topic = try arguments.string("topic", bytes: 1...Notebook.maximumTextBytes)
            let notes = notebook.find(topic)
            guard !notes.isEmpty else { throw Failure.notFound("no note contains \(JSONFields.quote(.string(topic)))") }
            return ["Summarize these notes in three sentences:\n\n" + notes.prefix(maximumNotes).map(\.text).joined(separator: "\n\n")]
        }
    }
}
