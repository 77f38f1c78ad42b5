import CommandSupport
import Foundation
import JSON
import TestSupport
import Testing

/// `contextd catalog`, and the catalog files that commands and servers leave when they exit.
@Suite(.timeLimit(.minutes(10))) struct CatalogCommandTests {
    private static func run(_ folder: URL, _ arguments: String...) async throws -> CommandResult {
        try await CommandLineTool.run(arguments + ["--data-dir", folder.path])
    }

    private static func names(_ folder: URL) throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("catalog") })
    }

    private static func filesWith(_ text: String, _ folder: URL) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { name in
            (try? Data(contentsOf: folder.appending(path: name)))?.range(of: Data(text.utf8)) != nil
        }
    }

    @Test func theFileOfAStoppedServerIsABackup() async throws {
        let server = try await RunningServer.start(.process)
        let client = try await server.client(tenant: "a")
        _ = try await client.post("/v1/documents?wait=true", ["id": "d", "text": "the lighthouse keeper keeps bees"])
        #expect(await server.stop() == 0)
        let folder = try TestPaths.scratch("copied")
        try FileManager.default.copyItem(
            at: server.folder.appending(path: "catalog.sqlite"), to: folder.appending(path: "catalog.sqlite"))
        let second = try await RunningServer.start(.process, folder: folder)
        #expect(try await TestClient(base: second.base, key: client.key).found("bees") == ["d"])
        #expect(await second.stop() == 0)
    }

    @Test func backupsAreMadeBesideAServerAndRestoredWithoutOne() async throws {
        let server = try await RunningServer.start(.process)
        let client = try await server.client(tenant: "a")
        let backup = try TestPaths.scratch("backup").appending(path: "backup.sqlite").path
        _ = try await client.post("/v1/documents?wait=true", ["id": "kept", "text": "the lighthouse keeper keeps bees"])
        let made = try await Self.run(server.folder, "catalog", "backup", backup, "--json")
        #expect(made.status == 0, "\(made)")
        #expect(try JSONValue(parsing: made.output)["documents"]?.intValue == 1, "\(made)")
        #expect(try await Self.run(server.folder, "catalog", "backup", backup).status == 1)
        #expect(try await Self.run(server.folder, "catalog", "verify").status == 0)
        _ = try await client.post("/v1/documents?wait=true", ["id": "lost", "text": "the harbour master keeps goats"])
        #expect(try await client.found("goats") == ["lost", "kept"])
        let refused = try await Self.run(server.folder, "catalog", "restore", backup)
        #expect(refused.status == 1 && refused.errors.contains("is in use by process"), "\(refused)")
        #expect(await server.stop() == 0)

        let restored = try await Self.run(server.folder, "catalog", "restore", backup, "--json")
        #expect(restored.status == 0, "\(restored)")
        #expect(try JSONValue(parsing: restored.output)["status"]?.stringValue == "sound", "\(restored)")
        let verified = try await Self.run(server.folder, "index", "verify", "--tenant", "a")
        #expect(verified.status == 1 && verified.output.contains("another state of the catalog"), "\(verified)")
        // As many changes as were lost, so that the sequence number alone does not reveal the difference.
        let second = try await RunningServer.start(.process, folder: server.folder)
        let after = TestClient(base: second.base, key: client.key)
        _ = try await after.post("/v1/documents?wait=true", ["id": "new", "text": "the postmistress keeps owls"])
        for mode in ["lexical", "dense", "hybrid"] {
            #expect(try await after.found("owls", limit: 1, extra: ["mode": .string(mode)]) == ["new"], "\(mode)")
            #expect(try await after.found("goats", extra: ["mode": .string(mode)]).contains("lost") == false)
        }
        #expect(await second.stop() == 0)
        #expect(try await Self.run(server.folder, "index", "verify", "--tenant", "a").status == 0)
    }

    @Test func damageIsNamed() async throws {
        let server = try await RunningServer.start(.process)
        let client = try await server.client(tenant: "a")
        _ = try await client.post("/v1/documents?wait=true", ["id": "d", "text": "the lighthouse keeper keeps bees"])
        #expect(await server.stop() == 0)
        let file = server.folder.appending(path: "catalog.sqlite")
        var bytes = try Data(contentsOf: file)
        while let place = bytes.range(of: Data("lighthouse keeper".utf8)) { bytes[place.lowerBound] ^= 1 }
        try bytes.write(to: file)
        let verified = try await Self.run(server.folder, "catalog", "verify", "--json")
        let object = try JSONValue(parsing: verified.output)
        #expect(verified.status == 1 && object["status"]?.stringValue == "damaged", "\(verified)")
        let second = try await RunningServer.start(.process, folder: server.folder)
        let answer = try await TestClient(base: second.base, key: client.key).get("/v1/documents/d/content")
        #expect(answer.status == 500 && answer.json["code"]?.stringValue == "catalog_damaged", "\(answer.status) \(answer.text)")
        #expect(second.isRunning)
        #expect(await second.stop() == 0)
    }

    @Test func aTenantsTextIsInNoFileAfterItsDeletionBesideAServer() async throws {
        let server = try await RunningServer.start(.process)
        let client = try await server.client(tenant: "a")
        let secret = "zwieselbeere 31-7-99"
        _ = try await client.post("/v1/documents?wait=true", ["id": "d", "text": .string("the combination is \(secret)")])
        #expect(try await client.found("zwieselbeere") == ["d"])
        let deleted = try await Self.run(server.folder, "tenant", "delete", "a")
        #expect(deleted.status == 0 && deleted.errors.isEmpty, "\(deleted)")
        #expect(try Self.filesWith(secret, server.folder) == [])
        #expect(await server.stop() == 0)
        #expect(try Self.filesWith("zwieselbeere", server.folder) == [])
    }

    @Test func aFullDiskIsToldAndServedFrom() async throws {
        // Requires more free space than any disk has.
        let server = try await RunningServer.start(.process, options: ["--set", "storage.minimum_free=0"])
        let client = try await server.client(tenant: "a")
        _ = try await client.post("/v1/documents?wait=true", ["id": "d", "text": "the lighthouse keeper keeps bees"])
        #expect(await server.stop() == 0)
        let full = try await RunningServer.start(.process, folder: server.folder, options: ["--set", "storage.minimum_free=1000TB"])
        let after = TestClient(base: full.base, key: client.key)
        for answer in [
            try await after.post("/v1/documents", ["text": "more"]), try await after.post("/v1/documents?wait=true", ["text": "more"]),
        ] {
            #expect(answer.status == 507 && answer.json["code"]?.stringValue == "storage_full", "\(answer.status) \(answer.text)")
        }
        #expect(try await after.found("bees") == ["d"])
        let ready = try await after.get("/health/ready")
        #expect(ready.status == 200 && ready.json["storage"]?.stringValue == "full", "\(ready.text)")
        #expect(try await after.delete("/v1/documents/d").status == 204)
        #expect(try await after.found("bees").isEmpty)
        #expect(await full.stop() == 0)
    }
}
