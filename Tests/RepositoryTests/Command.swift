import Foundation
import TestSupport

/// A program that is started in the repository's root folder.
enum Command {
    /// - Parameter arguments: the program, looked up in `PATH`, and its arguments. A missing program gives status 127.
    static func run(_ arguments: [String]) async throws -> CommandResult {
        try await ChildProcess.run("/usr/bin/env", arguments, folder: TestPaths.repository.path)
    }
}
