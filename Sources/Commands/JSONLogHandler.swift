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
        var line = Array("{\"time\":".utf8)
        line.reserveCapacity(320)
        JSONValue.string(Timestamp.now().iso8601).write(into: &line)
        Self.write("level", event.level.rawValue, into: &line)
        Self.write("logger", label, into: &line)
        Self.write("message", event.message.description, into: &line)
        var merged = event.metadata ?? [:]
        if !metadata.isEmpty { merged.merge(metadata) { ofEvent, _ in ofEvent } }
        for (key, value) in merged.sorted(by: { $0.key < $1.key }) where !Self.ownKeys.contains(key) { Self.write(key, value, into: &line) }
        line.append(contentsOf: "}\n".utf8)
        _ = console.write(.errors, line)
    }

    /// Members that no metadata replaces.
    private static let ownKeys = ["time", "level", "logger", "message"]

    private static func write(_ key: String, _ value: Logger.Metadata.Value, into line: inout [UInt8]) {
        if case .string(let text) = value { write(key, text, into: &line) } else { write(key, "\(value)", into: &line) }
    }

    private static func write(_ key: String, _ value: String, into line: inout [UInt8]) {
        line.append(UInt8(ascii: ","))
        JSONValue.string(key).write(into: &line)
        line.append(UInt8(ascii: ":"))
        JSONValue.string(value).write(into: &line)
    }
}
