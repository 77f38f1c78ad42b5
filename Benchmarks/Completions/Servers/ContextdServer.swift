import Foundation
import JSON

/// contextd on a scratch folder, with one tenant, a key, a quota that is never exhausted, and the upstream as its model's provider.
final class ContextdServer {
    let target: Target
    private let child: ChildProcess
    private let folder: URL

    init(_ binary: String, upstreamPort: Int) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "bench-completions-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let environment = ProcessInfo.processInfo.environment
        let data = ["--data-dir", folder.appending(path: "data").path]
        func run(_ words: String...) throws -> String { try ChildProcess.output(binary, words + data, environment: environment) }
        _ = try run("tenant", "create", "bench")
        let created = try JSONValue(parsing: try run("key", "create", "--tenant", "bench", "--json"))
        guard let key = created["key"]?.stringValue else { throw Failure("contextd created no key") }
        _ = try? run("tenant", "quota", "bench", "--tokens", "1000000000000", "--per", "month")
        let settings: JSONValue = [
            "completions": ["models": ["bench": Self.model(upstreamPort)]]
        ]
        let file = folder.appending(path: "contextd.json")
        try Data(settings.serialized()).write(to: file)
        let port = try ChildProcess.freePort()
        child = try ChildProcess(
            binary, ["serve", "--listen", "127.0.0.1:\(port)", "--config", file.path] + data, environment: environment,
            log: folder.appending(path: "server.log"))
        target = Target(name: "contextd", port: port, key: key, model: "bench")
        try child.wait(port: port, path: "/health/ready", seconds: 60)
    }

    private static func model(_ port: Int) -> JSONValue {
        ["provider": "openai", "model": "zero", "base_url": .string("http://127.0.0.1:\(port)/v1")]
    }

    func stop() {
        child.stop()
        try? FileManager.default.removeItem(at: folder)
    }
}
