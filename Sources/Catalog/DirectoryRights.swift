import Foundation

/// Restricts a data directory to its owner: removes the rights of other users to the directory and its files.
struct DirectoryRights {
    let directory: DataDirectory

    /// The permission bits of the group and of others.
    private static let ofOthers: mode_t = 0o077
    /// Names that contextd and its set-up create, besides those that begin with `catalog.sqlite`.
    private static let names: Set<String> = ["index", "originals", "lock", "contextd.json", "demo.key"]

    private struct Finding {
        let path: String
        let mode: mode_t
        let owner: uid_t
        let isFolder: Bool
    }

    func tighten(_ report: CatalogNotice.Handler) throws(CatalogError) {
        guard let folder = Self.look(directory.url.path) else { return }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.url.path)) ?? []
        let ours = names.filter { $0.hasPrefix("catalog.sqlite") || Self.names.contains($0) }
        try check(folder, names: names)
        var tightened: [String] = []
        if try Self.tighten(folder, report) && !names.isEmpty { tightened.append(folder.path) }
        for name in ours { tightened += try Self.tighten(under: directory.url.appending(path: name), report) }
        guard let first = tightened.first else { return }
        report(
            CatalogNotice(
                .warning, "the data directory was readable by other users; access is now restricted to its owner",
                ["first": first, "files": "\(tightened.count)"]))
    }

    /// Refuses a readable directory that others may rely on: one for all users, another user's, or a new one with unrelated folders.
    private func check(_ folder: Finding, names: [String]) throws(CatalogError) {
        guard folder.mode & Self.ofOthers != 0 else { return }
        let isNew = !names.contains(directory.catalog.lastPathComponent)
        let stranger = names.first { name in
            !Self.names.contains(name) && Self.look(directory.url.appending(path: name).path)?.isFolder == true
        }
        let reason: String
        if folder.mode & S_ISVTX != 0 {
            reason = "is shared by all users"
        } else if folder.owner != geteuid() {
            reason = "belongs to another user (\(folder.owner))"
        } else if isNew, let stranger {
            reason = "contains other folders (\(stranger))"
        } else {
            return
        }
        throw CatalogError(
            .unusable,
            "\(folder.path) can be read by other users (mode \(Self.octal(folder.mode))) and \(reason); use a new directory with mode 700")
    }

    /// Restricts a file, or a folder and everything in it.
    private static func tighten(under url: URL, _ report: CatalogNotice.Handler) throws(CatalogError) -> [String] {
        var tightened: [String] = []
        var paths = [url.path]
        while let path = paths.popLast() {
            guard let found = look(path) else { continue }
            if try tighten(found, report) { tightened.append(path) }
            guard found.isFolder else { continue }
            paths += ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).map { "\(path)/\($0)" }
        }
        return tightened
    }

    /// - Returns: whether rights were removed.
    private static func tighten(_ found: Finding, _ report: CatalogNotice.Handler) throws(CatalogError) -> Bool {
        guard found.mode & ofOthers != 0 else { return false }
        if chmod(found.path, found.mode & ~ofOthers) == 0 { return true }
        // SQLite creates and deletes files beside the catalog at any time.
        if errno == ENOENT { return false }
        let problem = String(cString: strerror(errno))
        if errno == EROFS {
            report(CatalogNotice(.warning, "the read-only data directory is readable by other users", ["path": found.path]))
            return false
        }
        throw CatalogError(
            .unusable,
            "\(found.path) can be read by other users (mode \(octal(found.mode)), owner \(found.owner)); chmod failed: \(problem)")
    }

    /// Returns `nil` for missing files and for links, whose targets must not be changed.
    private static func look(_ path: String) -> Finding? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        let kind = status.st_mode & S_IFMT
        guard kind == S_IFDIR || kind == S_IFREG else { return nil }
        return Finding(path: path, mode: status.st_mode & 0o7777, owner: status.st_uid, isFolder: kind == S_IFDIR)
    }

    private static func octal(_ mode: mode_t) -> String { String(mode, radix: 8) }
}
