import Foundation

extension MCPStdioSession {
    /// Serves requests from standard input until it ends, and writes the responses to standard output. The process must write nothing
    /// else to standard output; its log belongs on standard error.
    ///
    /// - Throws: the error of a failed write, for example after the client has closed its end. A process that does not ignore SIGPIPE
    ///   is ended by that signal instead.
    public func run() async throws {
        let lines = MCPStandardInput(maximumLineBytes: server.limits.stdioLineBytes)
        try await run(lines: lines) { try FileHandle.standardOutput.write(contentsOf: Data($0)) }
    }
}
