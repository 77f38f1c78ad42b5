import Catalog
import Foundation
import JSON
import Logging

/// A log handler that writes one JSON object per line to standard error: `time`, `level`, `logger`, `message`, and the metadata.
struct JSONLogHandler: LogHandler {
    let label: String
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    /// Events come from any thread, so the console is not looked up when they do.
    private let console = Console.current

    init(label: String) { self.label = label }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line: JSONObject = [
            "time": .string(Timestamp.now().iso8601), "level": .string(event.level.rawValue), "logger": .string(label),
            "message": .string(event.message.description),
        ]
        let merged = metadata.merging(event.metadata ?? [:]) { _, new in new }
        for (key, value) in merged.sorted(by: { $0.key < $1.key }) where line[key] == nil { line[key] = .string("\(value)") }
        _ = console.write(.errors, line.serialized() + [UInt8(ascii: "\n")])
    }
}
