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
        let status = await run(Array(CommandLine.arguments.dropFirst()))
        if status != 0 { exit(status) }
    }

    /// Runs a command on another console than the process's, and returns its exit status.
    package static func run(_ arguments: [String], on console: Console) async -> Int32 {
        await Console.$current.withValue(console) { await run(arguments) }
    }

    private static func run(_ arguments: [String]) async -> Int32 {
        do {
            var command = try Contextd.parseAsRoot(arguments)
            if let worker = command as? Worker, !worker.check { worker.serve() }
            for line in KnownVariables.warnings(Console.current.variables) { Console.current.complain(line) }
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            return 0
        } catch {
            return status(of: error)
        }
    }

    /// Prints the error's message, if it has one, and returns the exit status.
    private static func status(of error: any Error) -> Int32 {
        if let code = error as? ExitCode { return code.rawValue }
        switch Contextd.exitCode(for: error) {
        case .success:
            try? Output.line(Contextd.fullMessage(for: error))
            return 0
        case .validationFailure:
            Console.current.complain(Contextd.message(for: error))
            return 2
        default:
            Console.current.complain(CommandFailure.line(for: error))
            return 1
        }
    }
}

struct Contextd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "contextd",
        abstract: "Context server: ingests documents and serves passages of them over HTTP and MCP.",
        version: Version.text,
        subcommands: [
            Serve.self, Tenant.self, Key.self, Ingest.self, Search.self, Ask.self, Usage.self, ServeMCP.self, Model.self, IndexFiles.self,
            CatalogFiles.self, Extract.self, Worker.self,
        ])
}
