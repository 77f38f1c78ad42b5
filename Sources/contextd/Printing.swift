import Foundation
import JSON

/// Standard output, one value or line at a time, flushed: a reader at the other end of a pipe sees it at once.
enum Output {
    static func line(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

    static func json(_ value: JSONValue) { line(value.description) }
}
