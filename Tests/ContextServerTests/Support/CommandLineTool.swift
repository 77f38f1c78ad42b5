import Foundation
import Synchronization
import TestSupport

/// The `contextd` program built next to these tests.
enum CommandLineTool {
    static let path: URL = {
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return URL(filePath: tests).deletingLastPathComponent().appending(path: "contextd")
    }()

    struct Result: Sendable {
        let status: Int32
        let output: String
        let errors: String
    }

    /// Runs a command and waits for it to exit.
    static func run(
        _ arguments: [String], input: String? = nil, program: URL = path, folder: URL? = nil, variables: [String: String] = [:]
    ) async throws -> Result {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.environment = environment.merging(variables) { $1 }
        process.currentDirectoryURL = folder
        let (output, errors, standardInput) = (Pipe(), Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = standardInput
        let ended = process.ended()
        try process.start()
        async let text = read(output)
        async let warnings = read(errors)
        try? standardInput.fileHandleForWriting.write(contentsOf: Data((input ?? "").utf8))
        try? standardInput.fileHandleForWriting.close()
        await ended()
        return Result(status: process.terminationStatus, output: await text, errors: await warnings)
    }

    /// The tests' environment with the model and without the user's settings.
    static var environment: [String: String] {
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("CONTEXTD_") }
        environment["CONTEXTD_MODEL_DIR"] = TestPaths.model.path
        return environment
    }

    /// Reads a pipe to its end on a thread that may block.
    private static func read(_ pipe: Pipe) async -> String {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                let data = (try? pipe.fileHandleForReading.readToEnd()) ?? Data()
                // Processes live longer than their use; without this, hundreds of pipes would stay open.
                try? pipe.fileHandleForReading.close()
                continuation.resume(returning: String(decoding: data, as: UTF8.self))
            }
        }
    }
}

extension Process {
    /// Must be called before `run`; the returned function returns when the process has exited.
    func ended() -> @Sendable () async -> Void {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        terminationHandler = { _ in continuation.finish() }
        // A separate task, so that waiting continues after cancellation: reading the status of a running process traps.
        let end = Task { for await _ in stream {} }
        return { await end.value }
    }

    /// Starts one process at a time: Foundation reads the list of open files while starting, which other starts change.
    func start() throws { try Self.starting.withLock { _ in try run() } }

    private static let starting = Mutex(())
}
