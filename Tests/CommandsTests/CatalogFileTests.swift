import CommandSupport
import Foundation
import TestSupport
import Testing

/// Each command in a process of its own, and the catalog files that it leaves when it exits.
@Suite(.timeLimit(.minutes(10))) struct CatalogFileTests {
    private static func names(_ folder: URL) throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("catalog") })
    }

    @Test func everyCommandLeavesOneWholeFile() async throws {
        let folder = try TestPaths.scratch("commands")
        let note = try TestPaths.scratch("note").appending(path: "note.txt")
        try Data("The lighthouse keeper keeps bees.".utf8).write(to: note)
        let commands = [
            ["tenant", "create", "a"], ["key", "create", "--tenant", "a"], ["ingest", note.path, "--tenant", "a"],
            ["search", "bees", "--tenant", "a"], ["usage", "--tenant", "a"], ["index", "stats", "--tenant", "a"],
            ["ask", "who keeps bees?", "--tenant", "a"], ["mcp", "--tenant", "a"], ["search", "bees", "--tenant", "none"],
            ["catalog", "verify"], ["tenant", "quota", "a"], ["key", "list", "--tenant", "a"], ["tenant", "delete", "a"],
        ]
        for command in commands {
            let result = try await CommandLineTool.process(command + ["--data-dir", folder.path])
            #expect(result.status == (command.last == "none" ? 1 : 0), "\(command): \(result.errors)")
            #expect(try Self.names(folder).subtracting(["catalog.sqlite-reserve"]) == ["catalog.sqlite"], "\(command)")
        }
    }
}
