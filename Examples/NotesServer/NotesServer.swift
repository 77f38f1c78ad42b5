import Foundation
import MCP

/// A complete MCP server over standard input and output. It keeps short notes in memory and offers two tools, one prompt, and each note
/// as a resource. To try it, build it with `scripts/build.sh notes-server` and add it to the configuration of an MCP client:
///
///     {"mcpServers": {"notes": {"command": "/path/to/contextd/.build/release/notes-server"}}}
///
/// A package of your own depends on the product `MCP`, which has the modules MCP, JSON and Failure.
@main
enum NotesServer {
    static func main() async {
        guard CommandLine.arguments.count == 1 else { stop("takes no arguments, got \(CommandLine.arguments[1])", status: 2) }
        do {
            try await MCPStdioSession(server: server(of: Notebook()), principal: ()).run()
        } catch {
            stop("the connection to the client failed: \(error)", status: 1)
        }
    }

    /// Creates the server from its tools, prompts and resources, which are values.
    ///
    /// Every handler gets the principal: the user that the transport authenticated. Standard input has only one user, so the type is `Void`
    /// here. A server for several users passes each one to `handleHTTP`, and its handlers return only that user's data.
    private static func server(of notebook: Notebook) -> MCPServer<Void> {
        MCPServer(
            info: MCPServerInfo(name: "notes-server", title: "Notes", version: "1.0.0"),
            instructions: "Keeps short notes until the program ends. Save a note with add_note, and search the notes with find_notes.",
            tools: [NoteTools.add(to: notebook), NoteTools.find(in: notebook)],
            prompts: [NotePrompts.summarize(notebook)],
            resources: NoteResources.resources(of: notebook)
        ) { method, error in
            // Clients see "internal error", and nothing else of an error that is neither a `Failure` nor a `JSONFieldError`.
            report("internal error in \(method): \(error)")
        }
    }

    /// Standard output carries only protocol messages, so the log goes to standard error.
    private static func report(_ message: String) { FileHandle.standardError.write(Data("notes-server: \(message)\n".utf8)) }

    private static func stop(_ message: String, status: Int32) -> Never {
        report(message)
        exit(status)
    }
}
