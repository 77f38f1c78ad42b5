import Foundation
import TestSupport

/// A program started in the repository's top folder, run to its end.
struct Command {
    let status: Int32
    /// Standard output.
    let output: [UInt8]
    let errors: String

    /// - Parameter arguments: the program, looked up in `PATH`, and its arguments.
    /// - Throws: if `/usr/bin/env` cannot be started. A program that is missing gives status 127.
    static func run(_ arguments: [String]) throws -> Command {
        // To files: a pipe that nobody reads while the other is read can fill up and stop the program.
        let folder = try TestPaths.scratch("command")
        defer { try? FileManager.default.removeItem(at: folder) }
        let (output, errors) = (folder.appending(path: "output"), folder.appending(path: "errors"))
        for file in [output, errors] { try Data().write(to: file) }

        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        process.currentDirectoryURL = TestPaths.repository
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        process.waitUntilExit()
        return Command(
            status: process.terminationStatus,
            output: [UInt8](try Data(contentsOf: output)),
            errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
    }
}
