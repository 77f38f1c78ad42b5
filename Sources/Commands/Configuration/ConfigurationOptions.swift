import ArgumentParser
import Catalog
import Foundation

/// The options that select the configuration, for the commands that open a data directory.
struct ConfigurationOptions: ParsableArguments {
    @Option(help: "JSON configuration file (default: $CONTEXTD_CONFIG, else contextd.json in the data directory, if it exists).")
    var config: String?

    @Option(help: "Setting as NAME=VALUE, such as embedding.provider=openai; may be repeated.")
    var set: [String] = []

    /// - Throws: a usage error that names the file, variable or flag, and the setting.
    func load(directory: DataDirectory) throws -> Configuration {
        let named = config ?? Console.current.variable("CONTEXTD_CONFIG")
        let usual = directory.url.appending(path: "contextd.json").path
        let path = named ?? (FileManager.default.fileExists(atPath: usual) ? usual : nil)
        return try Configuration(
            flags: set, environment: Console.current.variables, file: path.map { try ConfigurationFile(path: $0) })
    }
}
