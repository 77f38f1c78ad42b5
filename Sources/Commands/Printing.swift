import ArgumentParser
import Foundation
import JSON

/// An unbuffered writer to standard output or error. Foundation's writer ends the process if the reader is gone or the disk is full.
enum StandardStream {
    case output, errors

    /// Writes all bytes and returns 0, or the `errno` of the failed write.
    func write(_ bytes: [UInt8]) -> Int32 {
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

extension String {
    /// The string with control characters escaped, so that a file name cannot break the line or control the terminal.
    var escapingControls: String {
        unicodeScalars.contains { $0.properties.generalCategory == .control }
            ? unicodeScalars.map { $0.properties.generalCategory == .control ? $0.escaped(asASCII: true) : String($0) }.joined() : self
    }
}

/// The output of a command, on standard output.
enum Output {
    /// - Throws: `CommandFailure` if the write fails; `ExitCode.success` if the reader has closed the pipe, as `head` does.
    static func line(_ text: String) throws { try write(text + "\n") }

    /// Writes text without a newline, and throws as `line` does.
    static func write(_ text: String) throws {
        switch StandardStream.output.write(Array(text.utf8)) {
        case 0: return
        case EPIPE: throw ExitCode.success
        case let code: throw CommandFailure("standard output cannot be written: \(String(cString: strerror(code)))")
        }
    }

    static func json(_ value: JSONValue) throws { try line(value.description) }
}
