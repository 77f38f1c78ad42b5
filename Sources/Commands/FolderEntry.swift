import Foundation

/// A folder entry, whose name is a byte string that need not be UTF-8.
struct FolderEntry {
    private let name: [UInt8]

    /// The name as text; `nil` if it is not UTF-8.
    var text: String? { String(validating: name, as: UTF8.self) }
    var shown: String { String(decoding: name, as: UTF8.self) }
    var isHidden: Bool { name.first == UInt8(ascii: ".") }

    /// - Throws: `CommandFailure` with the system's error message if the folder cannot be opened.
    static func list(_ folder: String) throws -> [FolderEntry] {
        guard let handle = opendir(folder) else { throw CommandFailure(String(cString: strerror(errno))) }
        defer { closedir(handle) }
        var entries: [FolderEntry] = []
        while let entry = readdir(handle) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            entries.append(FolderEntry(name: name))
        }
        return entries
    }

    enum Kind {
        case file, folder, other

        /// Returns `nil` if the path does not exist or its status cannot be read.
        init?(path: String, followingLinks: Bool) {
            var information = stat()
            guard (followingLinks ? stat(path, &information) : lstat(path, &information)) == 0 else { return nil }
            switch information.st_mode & S_IFMT {
            case S_IFREG: self = .file
            case S_IFDIR: self = .folder
            default: self = .other
            }
        }
    }

    /// Returns the contents of a file.
    ///
    /// - Throws: `CommandFailure` with the system's error message, or if the file is larger than `limit` bytes.
    static func read(_ path: String, limit: Int) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw CommandFailure(String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = Foundation.read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw CommandFailure(String(cString: strerror(errno))) }
            guard count > 0 else { return bytes }
            guard bytes.count + count <= limit else { throw CommandFailure("the file is larger than \(limit) bytes") }
            bytes.append(contentsOf: buffer[..<count])
        }
    }
}
