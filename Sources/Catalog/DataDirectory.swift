public import Foundation

/// Where one contextd keeps everything: `catalog.sqlite`, the folder `index`, and the lock.
public struct DataDirectory: Hashable, Sendable {
    public let url: URL

    public init(_ url: URL) { self.url = url }

    public var catalog: URL { url.appending(path: "catalog.sqlite") }
    public var indexes: URL { url.appending(path: "index") }
    var lock: URL { url.appending(path: "lock") }

    /// Makes the directory, readable by its owner only, or takes others' rights to an existing one and to what contextd keeps in it.
    ///
    /// - Parameter report: told which rights were taken, and from what.
    /// - Throws: `CatalogError.unusable` where it cannot be made, or others can read it and that cannot be changed.
    public func create(report: CatalogNotice.Handler = { _ in }) throws(CatalogError) {
        do {
            try FileManager.default.createDirectory(
                at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CatalogError(.unusable, "the data directory \(url.path) cannot be made: \(error.localizedDescription)")
        }
        try DirectoryRights(directory: self).tighten(report)
    }
}
