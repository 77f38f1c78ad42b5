import ArgumentParser
import Catalog
import Foundation
import Tenancy

/// The options of every command: the data directory and the output format.
struct CommonOptions: ParsableArguments {
    @Option(help: "The data directory (default: $CONTEXTD_DATA_DIR, else ./data).")
    var dataDir: String?

    @Flag(help: "Print JSON.")
    var json = false

    var directory: DataDirectory {
        let path = dataDir ?? Console.current.variable("CONTEXTD_DATA_DIR") ?? "./data"
        return DataDirectory(URL(filePath: path, directoryHint: .isDirectory).standardizedFileURL)
    }

    /// Returns the catalog file: from `url`, else from `CONTEXTD_CATALOG_URL`, else the one in the data directory.
    ///
    /// - Throws: a usage error if the URL is not `sqlite:///PATH`.
    func catalogFile(url: String? = nil) throws -> URL {
        guard let url = url ?? Console.current.variable("CONTEXTD_CATALOG_URL") else { return directory.catalog }
        let prefix = "sqlite://"
        guard url.hasPrefix(prefix), url.utf8.count > prefix.utf8.count + 1, url.dropFirst(prefix.count).hasPrefix("/") else {
            throw ValidationError("the catalog URL must be sqlite:///PATH; other catalogs are not supported")
        }
        return URL(filePath: String(url.dropFirst(prefix.count)))
    }
}

/// The option that selects the embedding model, for the commands that load it.
struct ModelOptions: ParsableArguments {
    @Option(help: "Embedding model folder (default: $CONTEXTD_MODEL_DIR, else models/all-MiniLM-L6-v2 here or near the program).")
    var modelDir: String?

    static let defaultName = "models/all-MiniLM-L6-v2"

    /// - Parameters:
    ///   - flagged: the folder from another flag; it takes precedence over the environment variable.
    ///   - configured: the folder from the configuration; the environment variable takes precedence over it.
    func folder(flagged: String? = nil, configured: String? = nil) -> URL {
        if let path = modelDir ?? flagged ?? Console.current.variable("CONTEXTD_MODEL_DIR") ?? configured {
            return URL(filePath: path, directoryHint: .isDirectory)
        }
        let here = URL(filePath: FileManager.default.currentDirectoryPath, directoryHint: .isDirectory)
        let places = [here] + Self.ancestors(of: Self.program)
        let candidates = places.map { $0.appending(path: Self.defaultName, directoryHint: .isDirectory) }
        return candidates.first { FileManager.default.fileExists(atPath: $0.path) } ?? candidates[0]
    }

    private static var program: URL {
        URL(filePath: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0])
    }

    private static func ancestors(of file: URL) -> [URL] {
        var folder = file.deletingLastPathComponent()
        var found: [URL] = []
        while folder.path != "/" && found.count < 8 {
            found.append(folder)
            folder = folder.deletingLastPathComponent()
        }
        return found
    }
}

/// The options for sending requests to a running server instead of opening the data directory.
struct ServerOptions: ParsableArguments {
    @Option(help: "Use the server at this URL instead of opening the data directory.")
    var server: String?

    @Option(help: "The key for --server (default: $CONTEXTD_KEY).")
    var key: String?

    /// Returns a client for the server, or `nil` if `--server` is not set.
    ///
    /// - Throws: a usage error for an unusable URL or a missing key.
    func client() throws -> ServerClient? {
        guard let server else { return nil }
        guard let url = URL(string: server), let scheme = url.scheme, ["http", "https"].contains(scheme), url.host() != nil else {
            throw ValidationError("--server must be a URL such as http://127.0.0.1:8080")
        }
        guard let key = key ?? Console.current.variable("CONTEXTD_KEY") else {
            throw ValidationError("--server requires --key KEY or CONTEXTD_KEY")
        }
        return ServerClient(base: server.hasSuffix("/") ? String(server.dropLast()) : server, key: key)
    }
}

extension TenantID {
    /// Parses a tenant id from the command line.
    ///
    /// - Throws: a usage error that describes valid ids.
    static func argument(_ text: String) throws -> TenantID {
        guard let id = TenantID(text) else { throw ValidationError("invalid tenant id: it must be \(rule)") }
        return id
    }
}
