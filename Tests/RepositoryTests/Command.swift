import Foundation
import TestSupport

/// A program that is started in the repository's root folder and has exited.
struct Command {
    let status: Int32
    /// The program's standard output.
    let output: [UInt8]
    let errors: String

    /// - Parameter arguments: the program, looked up in `PATH`, and its arguments.
    /// - Throws: if `/usr/bin/env` cannot be started. A missing program gives status 127.
    static func run(_ arguments: [String]) throws -> Command {
        // Redirected to files: a pipe that is not being read could fill up and block the program.
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
