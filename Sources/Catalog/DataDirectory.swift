public import Foundation

/// The data directory of one contextd: `catalog.sqlite`, the folders `index` and `originals`, and the lock.
public struct DataDirectory: Hashable, Sendable {
    public let url: URL

    public init(_ url: URL) { self.url = url }

    public var catalog: URL { url.appending(path: "catalog.sqlite") }
    public var indexes: URL { url.appending(path: "index") }
    public var originals: URL { url.appending(path: "originals") }
    var lock: URL { url.appending(path: "lock") }

    /// Creates the directory with access for its owner only, or removes other users' rights to an existing one and to contextd's files.
    ///
    /// - Parameter report: receives a notice about the removed rights.
    /// - Throws: `CatalogError.unusable` if it cannot be created, or if other users can read it and the rights cannot be changed.
    public func create(report: CatalogNotice.Handler = { _ in }) throws(CatalogError) {
        do {
            try FileManager.default.createDirectory(
                at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CatalogError(.unusable, "the data directory \(url.path) cannot be created: \(error.localizedDescription)")
        }
        try DirectoryRights(directory: self).tighten(report)
    }
}
