import AsyncHTTPClient
import CommandSupport
import Foundation
import JSON
import NIOCore
import TestSupport
import Testing

/// `contextd model` with a hub on the loopback interface that can misbehave.
@Suite(.timeLimit(.minutes(10))) struct ModelCommandTests {
    /// A hub that serves the model of these tests; stops when it is deallocated.
    private final class Hub: Sendable {
        let base: String
        private let process: ChildProcess

        private init(base: String, process: ChildProcess) { (self.base, self.process) = (base, process) }

        static func start(_ options: String...) async throws -> Hub {
            let script = TestPaths.repository.appending(path: "Tests/Clients/model_hub.py").path
            let process = try ChildProcess("python3", [script, TestPaths.model.path] + options, input: .pipe)
            let port = try #require(Int(String(decoding: await process.line(), as: UTF8.self)))
            return Hub(base: "http://127.0.0.1:\(port)", process: process)
        }

        func pull(_ folder: URL, source: String = "owner/tiny") async throws -> CommandResult {
            try await CommandLineTool.run(["model", "pull", source, "--hub", base, "--models-dir", folder.path, "--json"])
        }

        func requests() async throws -> String {
            let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: base + "/requests"), timeout: .minutes(1))
            return String(buffer: try await response.body.collect(upTo: 1 << 20))
        }
    }

    @Test func aPulledModelIsTheModelAndWorks() async throws {
        let hub = try await Hub.start()
        let models = try TestPaths.scratch()
        let pulled = try await hub.pull(models)
        #expect(pulled.status == 0, "\(pulled)")
        for name in ["model.safetensors", "vocab.txt", "1_Pooling/config.json"] {
            let (here, there) = (models.appending(path: "tiny/\(name)"), TestPaths.model.appending(path: name))
            #expect(try Data(contentsOf: here) == Data(contentsOf: there), "\(name)")
        }
        let listed = try await CommandLineTool.run(["model", "list", "--models-dir", models.path, "--json"])
        #expect(try JSONValue(parsing: listed.output)[0]?["dimension"] == 384, "\(listed)")
        let checked = try await CommandLineTool.run(["model", "check", models.appending(path: "tiny").path, "--json"])
        let report = try JSONValue(parsing: checked.output)
        #expect(report["dimension"] == 384 && report["tokens_per_second"]?.doubleValue ?? 0 > 0, "\(checked)")
        let again = try await hub.pull(models)
        #expect(again.status == 1 && again.errors.contains("already"), "\(again)")
        #expect(try await hub.pull(try TestPaths.scratch(), source: "\(hub.base)/owner/tiny/resolve/main").status == 0)
    }

    @Test func aPullThatWasCutOffGoesOnWhereItStopped() async throws {
        let hub = try await Hub.start("--cut", "model.safetensors:5000000")
        let models = try TestPaths.scratch()
        let first = try await hub.pull(models)
        #expect(first.status == 1 && first.errors.contains("download interrupted"), "\(first)")
        #expect(!FileManager.default.fileExists(atPath: models.appending(path: "tiny").path))
        let second = try await hub.pull(models)
        #expect(second.status == 0, "\(second)")
        #expect(try await hub.requests().contains("'/cdn/model.safetensors', 'bytes="))
        let weights = try Data(contentsOf: models.appending(path: "tiny/model.safetensors"))
        #expect(try weights == Data(contentsOf: TestPaths.model.appending(path: "model.safetensors")))
    }

    @Test func aServerThatCannotResumeGivesItAllAgain() async throws {
        let hub = try await Hub.start("--cut", "model.safetensors:5000000", "--no-ranges")
        let models = try TestPaths.scratch()
        #expect(try await hub.pull(models).status == 1)
        #expect(try await hub.pull(models).status == 0)
    }

    @Test(arguments: [
        ["--corrupt", "model.safetensors"], ["--corrupt", "vocab.txt"], ["--missing", "vocab.txt"], ["--missing", "modules.json"],
    ])
    func whatIsWrongIsNotTaken(options: [String]) async throws {
        let hub = try await Hub.start(options[0], options[1])
        let models = try TestPaths.scratch()
        let pulled = try await hub.pull(models)
        #expect(pulled.status == 1 && pulled.errors.contains(options[1]), "\(pulled)")
        #expect(pulled.errors.contains(options[0] == "--corrupt" ? "checksum" : "was not found"))
        #expect(!FileManager.default.fileExists(atPath: models.appending(path: "tiny").path))
    }

    @Test func namesThatLeadElsewhereAreRefused() async throws {
        let models = try TestPaths.scratch()
        for name in ["one", "a/b/c", "../x", "a/..", "a/.hidden", "/etc/passwd", "ftp://host/x", "http://", "a b/c", "owner/na?me"] {
            let result = try await CommandLineTool.run(["model", "pull", name, "--models-dir", models.path])
            #expect(result.status == 2, "\(name): \(result)")
        }
        let missing = try await CommandLineTool.run(["model", "check", models.path])
        #expect(missing.status == 1 && missing.errors.split(separator: "\n").count == 1, "\(missing)")
    }
}
