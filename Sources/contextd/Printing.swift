import ArgumentParser
import Foundation
import JSON

/// Writes to a descriptor, whole and at once. Foundation's own way ends the process where the reader is gone or the disk full.
enum StandardStream {
    case output, errors

    /// 0, or the `errno` that ended the writing.
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
    /// With control characters made visible, so that a file's name can neither break the line nor command a terminal.
    var escapingControls: String {
        unicodeScalars.contains { $0.properties.generalCategory == .control }
            ? unicodeScalars.map { $0.properties.generalCategory == .control ? $0.escaped(asASCII: true) : String($0) }.joined() : self
    }
}

/// What a command answers, on standard output.
enum Output {
    /// - Throws: where it cannot be written; a quiet end where the reader has gone, as `head` does.
    static func line(_ text: String) throws { try write(text + "\n") }

    /// As `line`, without ending the line.
    static func write(_ text: String) throws {
        switch StandardStream.output.write(Array(text.utf8)) {
        case 0: return
        case EPIPE: throw ExitCode.success
        case let code: throw CommandFailure("standard output cannot be written: \(String(cString: strerror(code)))")
        }
    }

    static func json(_ value: JSONValue) throws { try line(value.description) }
}
