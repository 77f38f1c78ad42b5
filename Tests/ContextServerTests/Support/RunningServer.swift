import Foundation
import JSON
import TestSupport
import Testing

/// A `contextd serve` process on a free port of the loopback interface, with its own data directory.
final class RunningServer: Sendable {
    let folder: URL
    let port: Int
    private let process: Process
    private let ended: @Sendable () async -> Void

    var base: String { "http://127.0.0.1:\(port)" }

    private init(folder: URL, port: Int, process: Process, ended: @escaping @Sendable () async -> Void) {
        (self.folder, self.port, self.process, self.ended) = (folder, port, process, ended)
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    static func scratch() throws -> URL { try TestPaths.scratch("server") }

    /// - Parameters:
    ///   - folder: an existing data directory, to start on it again.
    ///   - program: the program that starts `contextd`, which its arguments `prefix` name.
    static func start(
        folder: URL? = nil, options: [String] = [], program: URL = CommandLineTool.path, prefix: [String] = []
    ) async throws -> RunningServer {
        let folder = try folder ?? scratch()
        let process = Process()
        process.executableURL = program
        process.arguments =
            prefix + ["serve", "--data-dir", folder.path, "--listen", "127.0.0.1:0", "--json", "--log-level", "error"] + options
        process.environment = CommandLineTool.environment
        let output = Pipe()
        process.standardOutput = output
        let ended = process.ended()
        try process.start()
        let line = await firstLine(output)
        let port = try #require(
            (try? JSONValue(parsing: line))?["port"]?.intValue, "the server did not start; is the model there? (make model)")
        return RunningServer(folder: folder, port: port, process: process, ended: ended)
    }

    /// Sends SIGTERM and returns the exit status.
    func stop() async -> Int32 {
        kill(process.processIdentifier, SIGTERM)
        await ended()
        return process.terminationStatus
    }

    /// Sends a signal; the process may continue.
    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Waits for the process to exit and returns its exit status.
    func exitStatus() async -> Int32 {
        await ended()
        return process.terminationStatus
    }

    /// Sends SIGKILL, which prevents a clean shutdown.
    func crash() async {
        kill(process.processIdentifier, SIGKILL)
        await ended()
    }

    var isRunning: Bool { process.isRunning }

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

    static func firstLine(_ pipe: Pipe) async -> [UInt8] {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var line: [UInt8] = []
                while let byte = try? pipe.fileHandleForReading.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") {
                    line.append(byte)
                }
                continuation.resume(returning: line)
            }
        }
    }
}
