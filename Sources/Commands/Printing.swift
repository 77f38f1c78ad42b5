import ArgumentParser
import Foundation
import JSON

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
        switch Console.current.write(.output, Array(text.utf8)) {
        case 0: return
        case EPIPE: throw ExitCode.success
        case let code: throw CommandFailure("standard output cannot be written: \(String(cString: strerror(code)))")
        }
    }

    static func json(_ value: JSONValue) throws { try line(value.description) }

    /// Prints a result, as JSON or as lines of text.
    static func print(_ value: JSONValue, asJSON: Bool, _ lines: [String]) throws {
        if asJSON { return try json(value) }
        for line in lines { try self.line(line) }
    }
}
