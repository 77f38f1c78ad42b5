import ArgumentParser
import Foundation
import Memory

/// The program: runs a command and converts its error to one line and an exit status: 0 success, 1 failure, 2 usage error.
public enum Program {
    public static func main() async {
        Allocator.configure()
        // If a client disconnects, the write must return an error instead of ending the process.
        signal(SIGPIPE, SIG_IGN)
        // Files hold tenant data: only this user may read them.
        umask(0o077)
        do {
            var command = try Contextd.parseAsRoot()
            for line in KnownVariables.warnings(ProcessInfo.processInfo.environment) { complain(line) }
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            finish(error)
        }
    }

    private static func finish(_ error: any Error) -> Never {
        if let code = error as? ExitCode { exit(code.rawValue) }
        switch Contextd.exitCode(for: error) {
        case .success:
            try? Output.line(Contextd.fullMessage(for: error))
            exit(0)
        case .validationFailure:
            complain(Contextd.message(for: error))
            exit(2)
        default:
            complain(CommandFailure.line(for: error))
            exit(1)
        }
    }

    private static func complain(_ message: String) {
        // Escaping keeps the message on one line and stops it from controlling the terminal.
        let line = message.escapingControls
        if !line.isEmpty { _ = StandardStream.errors.write(Array("contextd: \(line)\n".utf8)) }
    }
}

struct Contextd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "contextd",
        abstract: "Context server: ingests documents and serves passages of them over HTTP and MCP.",
        version: Version.text,
        subcommands: [
            Serve.self, Tenant.self, Key.self, Ingest.self, Search.self, Ask.self, Usage.self, ServeMCP.self, Model.self, IndexFiles.self,
            CatalogFiles.self,
        ])
}
