import Foundation
import Tenancy

/// The files that the named paths stand for, each with the id its document will have.
struct FileList {
    struct File: Sendable {
        let url: URL
        let id: DocumentID
        /// Named by the user, not found in a folder: then not being able to read it is a failure.
        let isExplicit: Bool
    }
    let files: [File]

    /// - Throws: a path that does not exist; an id that two files would share, or that no document can have.
    init(paths: [String]) throws {
        var files: [File] = []
        for path in paths { files += try Self.files(at: path) }
        var seen: [DocumentID: URL] = [:]
        for file in files {
            if let other = seen.updateValue(file.url, forKey: file.id), other.standardizedFileURL != file.url.standardizedFileURL {
                throw CommandFailure("\(other.path) and \(file.url.path) would both be document \"\(file.id)\"; ingest them one by one")
            }
        }
        self.files = files
    }

    private static func files(at path: String) throws -> [File] {
        let url = URL(filePath: path)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
            throw CommandFailure("there is no file or folder \(path)")
        }
        guard isFolder.boolValue else { return [try file(url, named: url.lastPathComponent, isExplicit: true)] }
        guard let walk = FileManager.default.enumerator(atPath: url.path) else {
            throw CommandFailure("the folder \(path) cannot be read")
        }
        var names: [String] = []
        for case let name as String in walk {
            // Hidden files and folders are seldom meant, and .git never.
            if name.split(separator: "/").last?.hasPrefix(".") == true {
                walk.skipDescendants()
            } else if walk.fileAttributes?[.type] as? FileAttributeType == .typeRegular {
                names.append(name)
            }
        }
        return try names.sorted().map { try file(url.appending(path: $0), named: $0, isExplicit: false) }
    }

    private static func file(_ url: URL, named name: String, isExplicit: Bool) throws -> File {
        guard let id = DocumentID(name) else { throw CommandFailure("\(url.path): the path is no document id: \(DocumentID.rule)") }
        return File(url: url, id: id, isExplicit: isExplicit)
    }
}
