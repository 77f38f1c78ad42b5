import ArgumentParser
import Foundation
import JSON

/// The settings as they hold: a flag before the environment, the environment before the file, the file before the default.
struct Configuration {
    private let flags: [String: JSONValue]
    private let environment: [String: JSONValue]
    private let file: ConfigurationFile?

    /// Reads and checks all of them, those that nothing asks for too.
    ///
    /// - Parameters:
    ///   - flags: `NAME=VALUE` each, as on the command line; a later one wins.
    ///   - environment: an empty value counts as none.
    /// - Throws: a usage error that names the place and the setting.
    init(flags: [String], environment: [String: String], file: ConfigurationFile?) throws {
        self.file = file
        self.flags = try Self.flags(flags)
        var values: [String: JSONValue] = [:]
        for setting in KnownSettings.all {
            guard let text = environment[setting.variable], !text.isEmpty else { continue }
            values[setting.name] = try Self.value(text, of: setting, at: setting.variable)
        }
        self.environment = values
    }

    private static func flags(_ flags: [String]) throws -> [String: JSONValue] {
        var values: [String: JSONValue] = [:]
        for flag in flags {
            // Not quoted in errors: it may hold a key, against all advice.
            guard let equals = flag.firstIndex(of: "=") else { throw ValidationError("--set takes NAME=VALUE, as index.memory=512MB") }
            let name = String(flag[..<equals])
            guard let setting = KnownSettings.all.first(where: { $0.name == name }) else {
                throw ValidationError("--set: \(KnownSettings.unknown(name))")
            }
            values[name] = try value(String(flag[equals...].dropFirst()), of: setting, at: "--set \(name)")
        }
        return values
    }

    private static func value(_ text: String, of setting: any AnySetting, at place: String) throws -> JSONValue {
        let value = setting.parse(text)
        guard setting.accepts(value) else { throw ValidationError(setting.complaint(value, at: place)) }
        return value
    }

    /// The setting's value; `nil` where it is nowhere, and the default holds.
    func value<Value>(_ setting: Setting<Value>) -> Value? {
        (flags[setting.name] ?? environment[setting.name] ?? file?.values[setting.name]).flatMap(setting.read)
    }

    /// The setting's value where it came as a flag, for settings that have another variable too.
    func flag<Value>(_ setting: Setting<Value>) -> Value? { flags[setting.name].flatMap(setting.read) }

    /// A path; one that stands in the file is relative to the file's folder.
    func path(_ setting: Setting<String>) -> String? {
        value(setting).map { path($0, of: setting) }
    }

    /// A path that is a part of the setting's value.
    func path<Value>(_ path: String, of setting: Setting<Value>) -> String {
        guard let file, flags[setting.name] == nil, environment[setting.name] == nil else { return path }
        return URL(filePath: path, relativeTo: URL(filePath: file.path).deletingLastPathComponent()).path
    }
}
