import Commands
package import Foundation
import Scheduling
import Synchronization
package import TestSupport

/// The program `contextd`, in the tests' process or in one of its own.
package enum CommandLineTool {
    /// The program built next to the tests.
    package static let path: URL = {
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return URL(filePath: tests).deletingLastPathComponent().appending(path: "contextd")
    }()

    /// Runs a command in the tests' process. It cannot read standard input.
    ///
    /// - Parameter variables: environment variables besides `environment`; an empty value counts as unset.
    package static func run(_ arguments: [String], variables: [String: String] = [:]) async throws -> CommandResult {
        _ = makesPrivateFiles
        let written = WrittenText()
        let console = Console(variables: environment.merging(variables) { $1 }, stop: OneTimeSignal(), program: path.path, write: written.append)
        let status = await Program.run(arguments, on: console)
        ChildProcess.waitForStarts()
        return CommandResult(status: status, output: written.text(of: .output), errors: written.text(of: .errors))
    }

    /// Runs a program in a process of its own and waits for it to end.
    ///
    /// - Parameter input: what it reads from its standard input.
    package static func process(
        _ arguments: [String], input: String = "", program: URL = path, folder: URL? = nil, variables: [String: String] = [:]
    ) async throws -> CommandResult {
        try await ChildProcess.run(
            program.path, arguments, input: input, environment: environment.merging(variables) { $1 }, folder: folder?.path)
    }

    /// The tests' environment with the model and without the user's settings.
    package static var environment: [String: String] {
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("CONTEXTD_") }
        environment["CONTEXTD_MODEL_DIR"] = TestPaths.model.path
        return environment
    }

    /// The program has a mode mask of its own; with another one, each command would report the files of the one before.
    static let makesPrivateFiles: Bool = {
        umask(0o077)
        return true
    }()
}

/// What a command has written.
private final class WrittenText: Sendable {
    private let bytes = Mutex<[StandardStream: [UInt8]]>([:])

    func append(_ stream: StandardStream, _ more: [UInt8]) -> Int32 {
        bytes.withLock { $0[stream, default: []] += more }
        return 0
    }

    func text(of stream: StandardStream) -> String { bytes.withLock { String(decoding: $0[stream] ?? [], as: UTF8.self) } }
}
