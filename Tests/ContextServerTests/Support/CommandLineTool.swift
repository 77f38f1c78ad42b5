import Foundation
import Synchronization
import TestSupport

/// The `contextd` that was built beside these tests.
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

    /// Runs a command to its end.
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
        async let complaints = read(errors)
        try? standardInput.fileHandleForWriting.write(contentsOf: Data((input ?? "").utf8))
        try? standardInput.fileHandleForWriting.close()
        await ended()
        return Result(status: process.terminationStatus, output: await text, errors: await complaints)
    }

    /// The tests' own environment, with the model and without the user's settings.
    static var environment: [String: String] {
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("CONTEXTD_") }
        environment["CONTEXTD_MODEL_DIR"] = TestPaths.model.path
        return environment
    }

    /// Everything a pipe gives, read by a thread that may block.
    private static func read(_ pipe: Pipe) async -> String {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                let data = (try? pipe.fileHandleForReading.readToEnd()) ?? Data()
                // Processes outlive their use: hundreds of open pipes would be left.
                try? pipe.fileHandleForReading.close()
                continuation.resume(returning: String(decoding: data, as: UTF8.self))
            }
        }
    }
}

extension Process {
    /// To be called before `run`; what it gives returns when the process has ended.
    func ended() -> @Sendable () async -> Void {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        terminationHandler = { _ in continuation.finish() }
        // A task of its own: who is cancelled waits on, for the status of a process that has not ended is a trap.
        let end = Task { for await _ in stream {} }
        return { await end.value }
    }

    /// Starts processes one after the other: Foundation reads the list of open files on the way, which other starts change.
    func start() throws { try Self.starting.withLock { _ in try run() } }

    private static let starting = Mutex(())
}
