import Foundation
package import Scheduling

/// The surroundings of a command: environment variables, standard streams, and the signal that stops a server.
package struct Console: Sendable {
    /// The console of the running command. It is task-local, so that several commands can run in one process.
    @TaskLocal static var current = Console(variables: ProcessInfo.processInfo.environment, stop: nil) { stream, bytes in
        stream.writeUnbuffered(bytes)
    }

    let variables: [String: String]
    /// The signal that stops a server; `nil` on the process's own console, where SIGTERM and SIGINT do.
    let stop: OneTimeSignal?
    /// The program to start as a worker; `nil` for the one that this process runs.
    let program: String?
    /// Writes all bytes and returns 0, or the `errno` of the failed write.
    let write: @Sendable (StandardStream, [UInt8]) -> Int32

    package init(
        variables: [String: String], stop: OneTimeSignal?, program: String? = nil,
        write: @escaping @Sendable (StandardStream, [UInt8]) -> Int32
    ) {
        (self.variables, self.stop, self.program, self.write) = (variables, stop, program, write)
    }

    /// Whether the command may set up what belongs to the whole process: logging and signal handlers.
    var isProcess: Bool { stop == nil }
    /// Whether standard error is a terminal.
    var isTerminal: Bool { isProcess && isatty(STDERR_FILENO) == 1 }

    /// Writes a message to standard error. Escaping keeps it on one line and stops it from controlling the terminal.
    func complain(_ message: String) {
        let line = message.escapingControls
        if !line.isEmpty { _ = write(.errors, Array("contextd: \(line)\n".utf8)) }
    }

    /// Returns a variable's value; an empty variable counts as unset.
    func variable(_ name: String) -> String? { variables[name].flatMap { $0.isEmpty ? nil : $0 } }
}

/// Standard output or standard error.
package enum StandardStream: Sendable {
    case output, errors

    /// Writes to the process's stream. Foundation's writer ends the process if the reader is gone or the disk is full.
    fileprivate func writeUnbuffered(_ bytes: [UInt8]) -> Int32 {
        let descriptor = self == .output ? STDOUT_FILENO : STDERR_FILENO
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return errno }
            rest = rest.dropFirst(count)
        }
        return 0
    }
}
