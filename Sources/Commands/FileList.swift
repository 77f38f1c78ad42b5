import Foundation
import Tenancy

/// The files found at the given paths, each with its document id, and the problems with paths that could not be read.
struct FileList {
    struct File: Sendable {
        let path: String
        let id: DocumentID
        /// Whether the user named the file, instead of its folder: an unsupported format is then a failure, else the file is skipped.
        let isExplicit: Bool
    }
    private(set) var files: [File] = []
    private(set) var problems: [(file: String, reason: String)] = []

    /// - Throws: `CommandFailure` if a path does not exist or two files would have the same document id.
    init(paths: [String]) throws {
        for path in paths { try add(path) }
        var seen: [DocumentID: String] = [:]
        for file in files {
            if let other = seen.updateValue(file.path, forKey: file.id), other != file.path {
                throw CommandFailure("\(other) and \(file.path) would both get the id \"\(file.id)\"; ingest a folder that contains both")
            }
        }
    }

    private mutating func add(_ path: String) throws {
        switch FolderEntry.Kind(path: path, followingLinks: true) {
        case nil: throw CommandFailure("no such file or folder: \(path)")
        case .folder: walk(path)
        case .file: take(path, named: URL(filePath: path).lastPathComponent, isExplicit: true)
        case .other: problems.append((path, "is neither a file nor a folder"))
        }
    }

    /// Adds all regular files below `folder`, except hidden files and folders, such as `.git`. Links are not followed: they could lead
    /// outside the folder or form cycles.
    private mutating func walk(_ folder: String) {
        var names: [String] = []
        var waiting = [""]
        while let below = waiting.popLast() {
            let place = below.isEmpty ? folder : "\(folder)/\(below)"
            do {
                for entry in try FolderEntry.list(place) where !entry.isHidden {
                    guard let text = entry.text else {
                        problems.append(("\(place)/\(entry.shown)", "the name is not UTF-8"))
                        continue
                    }
                    let name = below.isEmpty ? text : "\(below)/\(text)"
                    switch FolderEntry.Kind(path: "\(folder)/\(name)", followingLinks: false) {
                    case .folder: waiting.append(name)
                    case .file: names.append(name)
                    case .other, nil: continue
                    }
                }
            } catch {
                problems.append((place, CommandFailure.line(for: error)))
            }
        }
        for name in names.sorted() { take("\(folder)/\(name)", named: name, isExplicit: false) }
    }

    private mutating func take(_ path: String, named name: String, isExplicit: Bool) {
        guard let id = DocumentID(name) else {
            problems.append((path, "the path is not a valid document id: it must be \(DocumentID.rule)"))
            return
        }
        files.append(File(path: path, id: id, isExplicit: isExplicit))
    }
}
