import ArgumentParser
import Foundation
import JSON

/// The effective settings. Precedence: flag, environment variable, configuration file, default.
struct Configuration {
    private let flags: [String: JSONValue]
    private let environment: [String: JSONValue]
    private let file: ConfigurationFile?

    /// Reads and checks all settings, including unused ones.
    ///
    /// - Parameters:
    ///   - flags: `NAME=VALUE` pairs from the command line; the last one for a name wins.
    ///   - environment: the environment variables; an empty value counts as unset.
    /// - Throws: a usage error that names the source and the setting.
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
            // The error does not quote the flag, because it could contain an API key.
            guard let equals = flag.firstIndex(of: "=") else { throw ValidationError("--set must be NAME=VALUE, e.g. index.memory=512MB") }
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

    /// Returns the setting's value, or `nil` if it is not set and the default applies.
    func value<Value>(_ setting: Setting<Value>) -> Value? {
        (flags[setting.name] ?? environment[setting.name] ?? file?.values[setting.name]).flatMap(setting.read)
    }

    /// Returns the setting's value only if a flag sets it, for settings that also have another variable.
    func flag<Value>(_ setting: Setting<Value>) -> Value? { flags[setting.name].flatMap(setting.read) }

    /// Returns the setting's path; a path from the configuration file is relative to the folder of that file.
    func path(_ setting: Setting<String>) -> String? {
        value(setting).map { path($0, of: setting) }
    }

    /// Resolves a path that is part of the setting's value.
    func path<Value>(_ path: String, of setting: Setting<Value>) -> String {
        guard let file, flags[setting.name] == nil, environment[setting.name] == nil else { return path }
        return URL(filePath: path, relativeTo: URL(filePath: file.path).deletingLastPathComponent()).path
    }
}
