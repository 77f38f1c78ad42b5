import Foundation
import JSON
import TestSupport

/// The targets of `Package.swift` and their dependencies.
struct Manifest {
    struct Target: Equatable {
        let name: String
        /// The path relative to the package.
        let path: String
        /// Targets, and products of other packages; each such product has the name of its module.
        let dependencies: Set<String>
    }

    let targets: [Target]

    /// The targets whose code is in `Sources/` or `Examples/`.
    var sources: [Target] { targets.filter { $0.path.hasPrefix("Sources/") || $0.path.hasPrefix("Examples/") } }

    /// Returns all direct and indirect dependencies of `name` among our targets, without `name` itself.
    func reachable(from name: String) -> Set<String> {
        var found: Set<String> = []
        var waiting = [name]
        while let next = waiting.popLast() {
            for dependency in targets.first(where: { $0.name == next })?.dependencies ?? []
            where found.insert(dependency).inserted {
                waiting.append(dependency)
            }
        }
        return found.subtracting([name])
    }
}

extension Manifest {
    struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    /// Reads `Package.swift` with SwiftPM.
    ///
    /// A separate scratch folder is used, since the default one is locked while `swift test` runs.
    static func ofThisPackage() async throws -> Manifest {
        let scratch = try TestPaths.scratch("manifest")
        defer { try? FileManager.default.removeItem(at: scratch) }
        let dump = try await Command.run([
            "swift", "package", "--package-path", TestPaths.repository.path, "--scratch-path", scratch.path, "dump-package",
        ])
        guard dump.status == 0 else { throw Unreadable(description: "swift package dump-package: \(dump.errors)") }
        return try Manifest(dump: JSONValue(parsing: dump.output))
    }

    /// - Parameter dump: the output of `swift package dump-package`.
    init(dump: JSONValue) throws {
        guard let targets = dump["targets"]?.arrayValue else { throw Unreadable(description: "no targets") }
        self.targets = try targets.map { target in
            guard let name = target["name"]?.stringValue, let type = target["type"]?.stringValue,
                let dependencies = target["dependencies"]?.arrayValue
            else { throw Unreadable(description: "a target without name, type or dependencies") }
            let usual = (type == "test" ? "Tests/" : "Sources/") + name
            return Target(
                name: name, path: target["path"]?.stringValue ?? usual,
                dependencies: Set(try dependencies.map { try Self.name(of: $0, in: name) }))
        }
    }

    /// Parses a dependency, which is `{"byName": ["Kernels", …]}`, `{"target": […]}` or `{"product": ["GRDB", "GRDB.swift", …]}`.
    private static func name(of dependency: JSONValue, in target: String) throws -> String {
        for kind in ["byName", "target", "product"] {
            if let name = dependency[kind]?[0]?.stringValue { return name }
        }
        throw Unreadable(description: "\(target): unknown kind of dependency: \(dependency)")
    }
}
