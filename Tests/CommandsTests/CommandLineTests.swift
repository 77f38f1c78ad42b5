import CommandSupport
import Foundation
import JSON
import TestSupport
import Testing

/// The commands as users run them.
@Suite(.timeLimit(.minutes(10))) struct CommandLineTests {
    private func run(_ arguments: String..., folder: URL) async throws -> CommandResult {
        try await CommandLineTool.run(arguments + ["--data-dir", folder.path])
    }

    @Test func fromAFolderOfFilesToASearchResult() async throws {
        let folder = try TestPaths.scratch()
        let documents = try TestPaths.scratch().appending(path: "documents")
        try FileManager.default.createDirectory(at: documents.appending(path: "deep"), withIntermediateDirectories: true)
        try "# Tides\n\nThe moon pulls the sea.".write(to: documents.appending(path: "tides.md"), atomically: true, encoding: .utf8)
        try "Bread needs salt.".write(to: documents.appending(path: "deep/bread.txt"), atomically: true, encoding: .utf8)
        try Data([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C, 0, 4]).write(to: documents.appending(path: "archive.7z"))
        try "secret".write(to: documents.appending(path: ".hidden"), atomically: true, encoding: .utf8)
        let data = folder.appending(path: "data")

        #expect(try await run("tenant", "create", "t", "--name", "Test", folder: data).status == 0)
        let ingested = try await run("ingest", documents.path, "--tenant", "t", "--json", folder: data)
        #expect(ingested.status == 0, "\(ingested)")
        let summary = try JSONValue(parsing: ingested.output)
        #expect(summary["processed"] == 2 && summary["skipped"] == 1 && summary["failed"] == 0)
        let found = try await run("search", "why does the water rise and fall", "--tenant", "t", "--json", "--limit", "1", folder: data)
        #expect(try JSONValue(parsing: found.output)["results"]?[0]?["document_id"] == "tides.md")
        let shown = try await run("search", "salt", "--tenant", "t", folder: data)
        #expect(shown.output.contains("deep/bread.txt") && shown.errors.isEmpty)
        let tenants = try JSONValue(parsing: try await run("tenant", "list", "--json", folder: data).output)
        #expect(tenants[0]?["id"] == "t" && tenants[0]?["documents"] == 2)
    }

    @Test func statusIsTwoForWrongUsageAndOneForFailureWithOneLine() async throws {
        let folder = try TestPaths.scratch()
        #expect(try await run("tenant", "create", "t", folder: folder).status == 0)
        let usage: [[String]] = [
            ["nonsense"], ["search", "x"], ["tenant", "create", "Bad Name"], ["search", "x", "--tenant", "t", "--limit", "0"],
            ["search", "x", "--tenant", "t", "--mode", "best"], ["key", "create", "--tenant", "t", "--scopes", "admin"],
            ["serve", "--listen", "nowhere"], ["serve", "--listen", "127.0.0.1:99999"], ["ingest", "--tenant", "t"],
            ["mcp", "--server", "http://127.0.0.1:1"], ["mcp", "--server", "not a url", "--key", "k"], ["key", "revoke", "short"],
        ]
        for arguments in usage {
            let result = try await CommandLineTool.run(arguments + ["--data-dir", folder.path])
            #expect(result.status == 2 && result.output.isEmpty, "\(arguments): \(result)")
            #expect(result.errors.split(separator: "\n").count == 1, "\(arguments): \(result.errors)")
        }
        let failures: [[String]] = [
            ["tenant", "create", "t"], ["tenant", "delete", "nobody"], ["search", "x", "--tenant", "nobody"],
            ["key", "create", "--tenant", "nobody"], ["key", "list", "--tenant", "nobody"], ["key", "revoke", "aaaaaaaaaaaa"],
            ["ingest", "/does/not/exist", "--tenant", "t"], ["search", " ", "--tenant", "t"], ["ask", " ", "--tenant", "t"],
            ["search", "x", "--tenant", "t", "--model-dir", "/does/not/exist"],
            ["search", "x", "--server", "http://127.0.0.1:1", "--key", "k"],
        ]
        for arguments in failures {
            let result = try await CommandLineTool.run(arguments + ["--data-dir", folder.path])
            #expect(result.status == 1 && result.output.isEmpty, "\(arguments): \(result)")
            #expect(result.errors.split(separator: "\n").count == 1, "\(arguments): \(result.errors)")
        }
        #expect(try await CommandLineTool.process(["nonsense"]).status == 2)
        #expect(try await CommandLineTool.process(["--version"]).status == 0)
        #expect(try await CommandLineTool.run(["--help"]).output.contains("serve"))
    }

    /// Whatever blocks the index's files: the index is rebuilt, or the command reports the failure.
    @Test func anIndexThatCannotBeWrittenIsNoSuccess() async throws {
        let folder = try TestPaths.scratch()
        let file = folder.appending(path: "note.txt")
        try "Herons stand still to fish.".write(to: file, atomically: true, encoding: .utf8)
        #expect(try await run("tenant", "create", "t", folder: folder).status == 0)
        #expect(try await run("ingest", file.path, "--tenant", "t", folder: folder).status == 0)
        #expect(try await run("index", "rebuild", "--tenant", "t", folder: folder).status == 0)
        let files = FileManager.default
        let place = folder.appending(path: "index/t")
        let generation = try #require(try files.contentsOfDirectory(atPath: place.path).first)
        let snapshot = place.appending(path: generation).appending(path: "collection.index")
        // A folder that is not empty in place of the snapshot.
        try files.removeItem(at: snapshot)
        try files.createDirectory(at: snapshot.appending(path: "inner"), withIntermediateDirectories: true)
        #expect(try await run("index", "verify", "--tenant", "t", folder: folder).status == 1)
        let rebuilt = try await run("index", "rebuild", "--tenant", "t", folder: folder)
        let verified = try await run("index", "verify", "--tenant", "t", folder: folder)
        #expect(rebuilt.status == verified.status && (rebuilt.status == 0 || !rebuilt.errors.isEmpty), "\(rebuilt) \(verified)")
        // A file in place of the folder.
        try files.removeItem(at: place)
        try "".write(to: place, atomically: true, encoding: .utf8)
        let refused = try await run("index", "rebuild", "--tenant", "t", folder: folder)
        #expect(refused.status == 1 && refused.errors.contains("fileFailed"), "\(refused)")
    }

    @Test func aReaderThatGoesAwayOrAFullDiskIsNoCrash() async throws {
        let folder = try TestPaths.scratch()
        #expect(try await run("tenant", "create", "t", folder: folder).status == 0)
        func shell(_ command: String) async throws -> CommandResult {
            let program = "'\(CommandLineTool.path.path)'"
            let line = command.replacing("contextd", with: program).replacing("DATA", with: "--data-dir '\(folder.path)'")
            return try await CommandLineTool.process(["-o", "pipefail", "-c", line], program: URL(filePath: "/bin/bash"))
        }
        #expect(try await shell("contextd tenant list DATA | true").status == 0)
        for command in ["tenant list", "tenant list --json", "key create --tenant t", "--help"] {
            let data = command == "--help" ? "" : "DATA"
            let full = try await shell("contextd \(command) \(data) > /dev/full")
            #expect(full.status == (command == "--help" ? 0 : 1), "\(command): \(full)")
        }
        // A server that cannot write its log and greeting still serves.
        let serving = try await shell(
            """
            contextd serve DATA --listen 127.0.0.1:0 --log-level trace > /dev/full 2> /dev/full & server=$!
            # It cannot print its port; read it from the listening socket (state 0A).
            for try in $(seq 1200); do
                kill -0 $server || exit 9
                sockets=$(readlink /proc/$server/fd/* | sed -n 's/^socket:.\\([0-9]*\\).$/\\1/p' | paste -sd '|')
                port=$(awk -v sockets="^($sockets)\\$" '$4 == "0A" && $10 ~ sockets { split($2, at, ":"); print at[2] }' /proc/net/tcp)
                if [ -n "$sockets" ] && [ -n "$port" ]; then break; fi
                sleep 0.1
            done
            port=$((16#$port))
            for try in 1 2 3; do
                exec 3<>/dev/tcp/127.0.0.1/$port || exit 8
                printf 'GET /health/live HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3; cat <&3
            done
            kill -TERM $server; wait $server
            """)
        #expect(serving.status == 0 && serving.output.components(separatedBy: "\"live\"").count == 4, "\(serving)")
    }

    @Test func whatAFolderHoldsThatCannotBeTakenIsToldAndTheRestIsTaken() async throws {
        let folder = try TestPaths.scratch()
        let documents = try TestPaths.scratch().appending(path: "documents")
        try FileManager.default.createDirectory(at: documents, withIntermediateDirectories: true)
        for name in ["good.txt", "line\nbreak.txt", "import"] {
            try "Some text.".write(to: documents.appending(path: name), atomically: false, encoding: .utf8)
        }
        try FileManager.default.createSymbolicLink(
            at: documents.appending(path: "loop"), withDestinationURL: documents)
        let made = try await CommandLineTool.process(
            ["-c", "printf x > \"$0\"/$'\\xff\\xfe.txt'; mkfifo \"$0/pipe\"", documents.path], program: URL(filePath: "/bin/bash"))
        #expect(made.status == 0)
        #expect(try await run("tenant", "create", "t", folder: folder).status == 0)
        let result = try await run("ingest", documents.path, "--tenant", "t", "--json", folder: folder)
        let summary = try JSONValue(parsing: result.output)
        #expect(result.status == 1 && summary["processed"] == 1 && summary["failed"] == 3, "\(result)")
        let reasons = summary["problems"]?.arrayValue?.compactMap { $0["reason"]?.stringValue } ?? []
        #expect(reasons.contains { $0.contains("UTF-8") } && reasons.contains { $0.contains("document id") })
        #expect(try await run("ingest", "", "--tenant", "t", folder: folder).status == 2)
        let unreadable = try await run("ingest", documents.appending(path: "pipe").path, "--tenant", "t", folder: folder)
        #expect(unreadable.status == 1 && unreadable.output.contains("neither a file nor a folder"), "\(unreadable)")
    }
}
