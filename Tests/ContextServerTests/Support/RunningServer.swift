import CommandSupport
import Foundation
import JSON
import TestSupport
import Testing

/// `contextd serve` on a free port of the loopback interface, with its own data directory.
final class RunningServer: Sendable {
    /// Where a server runs: in a task of the tests' process, or in a process of its own, for signals, kills, memory, limits and hostile
    /// load. While a server runs in the tests' process, no other process may open its data directory: when a command in the tests'
    /// process closes the catalog's file, the system drops all locks of this process on it, and the file seems free to others.
    enum Place: CaseIterable, Sendable { case task, process }

    private enum Host: Sendable {
        case task(ServeTask)
        case process(ChildProcess)
    }

    let folder: URL
    let port: Int
    private let host: Host

    var base: String { "http://127.0.0.1:\(port)" }

    private init(folder: URL, port: Int, host: Host) { (self.folder, self.port, self.host) = (folder, port, host) }

    static func scratch() throws -> URL { try TestPaths.scratch("server") }

    /// - Parameters:
    ///   - folder: an existing data directory, to start on it again.
    ///   - options: options of `contextd serve`.
    static func start(_ place: Place = .task, folder: URL? = nil, options: [String] = []) async throws -> RunningServer {
        let folder = try folder ?? scratch()
        switch place {
        case .process: return try await start(folder: folder, program: CommandLineTool.path, options: options)
        case .task:
            let task = ServeTask(arguments(folder) + options)
            return try await RunningServer(folder: folder, port: port(task.line()), host: .task(task))
        }
    }

    /// Starts a process.
    ///
    /// - Parameters:
    ///   - program: the program that starts `contextd`, which its arguments `prefix` name.
    static func start(
        folder: URL? = nil, program: URL, prefix: [String] = [], options: [String] = []
    ) async throws -> RunningServer {
        let folder = try folder ?? scratch()
        let child = try ChildProcess(
            program.path, prefix + ["serve"] + arguments(folder) + options, environment: CommandLineTool.environment)
        return try await RunningServer(folder: folder, port: port(child.line()), host: .process(child))
    }

    private static func arguments(_ folder: URL) -> [String] {
        ["--data-dir", folder.path, "--listen", "127.0.0.1:0", "--json", "--log-level", "error"]
    }

    private static func port(_ line: [UInt8]) throws -> Int {
        try #require((try? JSONValue(parsing: line))?["port"]?.intValue, "the server did not start; is the model there? (make model)")
    }

    private var process: ChildProcess {
        guard case .process(let process) = host else { preconditionFailure("this server has no process of its own") }
        return process
    }

    /// The number of the server's process.
    var processIdentifier: Int32 { process.processIdentifier }

    /// Asks the server to stop, a process with SIGTERM, and returns the exit status.
    func stop() async -> Int32 {
        switch host {
        case .task(let task): task.stop()
        case .process(let process): process.signal(SIGTERM)
        }
        return await exitStatus()
    }

    /// Sends a signal to the process, which may continue.
    func signal(_ number: Int32) { process.signal(number) }

    /// Waits for the server to end and returns its exit status.
    func exitStatus() async -> Int32 {
        switch host {
        case .task(let task): await task.status()
        case .process(let process): await process.status()
        }
    }

    /// Kills the process, which prevents a clean shutdown.
    func crash() async {
        process.signal(SIGKILL)
        _ = await process.status()
    }

    var isRunning: Bool {
        switch host {
        case .task(let task): task.isRunning
        case .process(let process): process.isRunning
        }
    }

    /// Resident memory of the process, in bytes; 0 if it is unknown.
    var residentBytes: Int {
        let status = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
    }

    /// The number of connections and listeners that the process has now.
    var openSockets: Int {
        let folder = "/proc/\(process.processIdentifier)/fd"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.count { name in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)"))?.hasPrefix("socket:") ?? false
        }
    }

    /// Creates a tenant if needed, and a client with a new key of it.
    func client(tenant: String, scopes: String = "read,write") async throws -> TestClient {
        _ = try await CommandLineTool.run(["tenant", "create", tenant, "--data-dir", folder.path])
        let made = try await CommandLineTool.run(
            ["key", "create", "--tenant", tenant, "--scopes", scopes, "--json", "--data-dir", folder.path])
        let key = try #require(try JSONValue(parsing: made.output)["key"]?.stringValue, "\(made.errors)")
        return TestClient(base: base, key: key)
    }
}
