import Foundation
import TestSupport

/// Which folder of a target uses types of which other folder. Found by name: comments are left out, plain strings and private types too.
struct FolderGraph {
    /// For each folder, the folders whose types it names, each with an example.
    private(set) var uses: [String: [String: String]] = [:]
    /// The target's folders that have files.
    let folders: Set<String>

    /// - Parameter files: paths below the target, `Folder/File.swift`, with their text.
    init(_ files: [(path: String, text: String)]) {
        let sources = files.compactMap { file -> (folder: String, path: String, code: String)? in
            guard let slash = file.path.firstIndex(of: "/") else { return nil }
            return (String(file.path[..<slash]), file.path, Self.code(file.text))
        }
        folders = Set(sources.map(\.folder))
        var homes: [String: Set<String>] = [:]
        for source in sources {
            for declaration in source.code.matches(of: Self.declaration) where !declaration.output.1.contains("private") {
                homes[String(declaration.output.2), default: []].insert(source.folder)
            }
        }
        for source in sources {
            for word in Set(source.code.matches(of: /\b[A-Z]\w*/).map { String($0.output) }) {
                for home in homes[word, default: []] where home != source.folder {
                    uses[source.folder, default: [:]][home] = "\(source.path) uses \(word)"
                }
            }
        }
    }

    /// Folders that use each other, directly or through others, each with an example of a use.
    var circles: [String] {
        uses.keys.sorted().flatMap { folder in
            uses[folder, default: [:]].sorted { $0.key < $1.key }.compactMap { other, example in
                reachable(from: other).contains(folder) ? "\(folder) -> \(other): \(example)" : nil
            }
        }
    }

    private func reachable(from folder: String) -> Set<String> {
        var (found, open) = (Set([folder]), [folder])
        while let next = open.popLast() {
            for other in uses[next, default: [:]].keys where found.insert(other).inserted { open.append(other) }
        }
        return found
    }

    nonisolated(unsafe) private static let declaration =
        /(?m)^((?:public |package |private |fileprivate |final |indirect )*)(?:struct|class|enum|protocol|actor|typealias) (\w+)/

    private static func code(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.range(of: "//").map { line[..<$0.lowerBound] } ?? line
        }.joined(separator: "\n").replacing(/"[^"\\\n]*"/, with: "\"\"")
    }

    static func of(target: String) throws -> FolderGraph {
        let root = TestPaths.repository.appending(path: target)
        let paths = try FileManager.default.subpathsOfDirectory(atPath: root.path).filter { $0.hasSuffix(".swift") }
        return FolderGraph(try paths.map { ($0, try String(contentsOf: root.appending(path: $0), encoding: .utf8)) })
    }
}
