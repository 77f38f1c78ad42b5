import ArgumentParser
import Foundation
import JSON

/// The configuration file: a JSON object whose members are sections, which contain settings by name.
struct ConfigurationFile {
    let path: String
    /// The values of the settings, by dotted name.
    let values: [String: JSONValue]

    private static let maximumBytes = 1 << 20

    /// - Throws: a usage error of one line that names the file and, if a setting is invalid, the setting.
    init(path: String, known: [any AnySetting] = KnownSettings.all) throws {
        self.path = path
        let bytes: [UInt8]
        do { bytes = try FolderEntry.read(path, limit: Self.maximumBytes) } catch {
            throw ValidationError("\(path) cannot be read: \(CommandFailure.line(for: error))")
        }
        values = try Self.read(bytes, path, known)
    }

    private static func read(_ bytes: [UInt8], _ path: String, _ known: [any AnySetting]) throws -> [String: JSONValue] {
        let document: JSONValue
        do { document = try JSONValue(parsing: bytes) } catch {
            let line = bytes.prefix(error.offset).count { $0 == UInt8(ascii: "\n") } + 1
            throw ValidationError("\(path): line \(line): \(error)")
        }
        guard let object = document.objectValue else { throw ValidationError("\(path): must contain a JSON object") }
        var values: [String: JSONValue] = [:]
        try collect(object, below: "", path, known, into: &values)
        return values
    }

    private static func collect(
        _ object: JSONObject, below section: String, _ path: String, _ known: [any AnySetting], into values: inout [String: JSONValue]
    ) throws {
        for (key, value) in object {
            let name = section.isEmpty ? key : "\(section).\(key)"
            if let setting = known.first(where: { $0.name == name }) {
                guard values[name] == nil else { throw ValidationError("\(path): \(name) is set twice") }
                if value.isNull { continue }
                guard setting.accepts(value) else { throw ValidationError("\(path): \(setting.complaint(value, at: name))") }
                values[name] = value
            } else if known.contains(where: { $0.name.hasPrefix(name + ".") }) {
                guard let inner = value.objectValue else { throw ValidationError("\(path): \(name) must be an object") }
                // The recursion is at most as deep as the names of settings, however deep the file is.
                try collect(inner, below: name, path, known, into: &values)
            } else {
                throw ValidationError("\(path): \(KnownSettings.unknown(name, known))")
            }
        }
    }
}
