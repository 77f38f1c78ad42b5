import Foundation
import Tenancy

/// The files that the named paths stand for, each with the id its document will have, and what could not be looked at.
struct FileList {
    struct File: Sendable {
        let path: String
        let id: DocumentID
        /// Named by the user, not found in a folder: then a format that is not read is a failure.
        let isExplicit: Bool
    }
    private(set) var files: [File] = []
    private(set) var problems: [(file: String, reason: String)] = []

    /// - Throws: a path that does not exist; an id that two files would share.
    init(paths: [String]) throws {
        for path in paths { try add(path) }
        var seen: [DocumentID: String] = [:]
        for file in files {
            if let other = seen.updateValue(file.path, forKey: file.id), other != file.path {
                throw CommandFailure("\(other) and \(file.path) would both be document \"\(file.id)\"; ingest them one by one")
            }
        }
    }

    private mutating func add(_ path: String) throws {
        switch FolderEntry.Kind(path: path, followingLinks: true) {
        case nil: throw CommandFailure("there is no file or folder \(path)")
        case .folder: walk(path)
        case .file: take(path, named: URL(filePath: path).lastPathComponent, isExplicit: true)
        case .other: problems.append((path, "is neither a file nor a folder"))
        }
    }

    /// All regular files below `folder`. Links are not followed: they may lead anywhere, and round in circles. Hidden files
    /// and folders are seldom meant, and `.git` never.
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
            problems.append((path, "the path is no document id: \(DocumentID.rule)"))
            return
        }
        files.append(File(path: path, id: id, isExplicit: isExplicit))
    }
}
