import Catalog
import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct DataDirectoryTests {
    private static func mode(_ url: URL) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: url.path)[.posixPermissions] as? Int) & 0o7777
    }

    private static func directory(mode: mode_t, files: [String] = [], folders: [String] = []) throws -> DataDirectory {
        let url = try TestPaths.scratch("directory")
        for name in folders { try FileManager.default.createDirectory(at: url.appending(path: name), withIntermediateDirectories: true) }
        for name in files {
            try Data("x".utf8).write(to: url.appending(path: name))
            chmod(url.appending(path: name).path, 0o644)
        }
        chmod(url.path, mode)
        return DataDirectory(url)
    }

    @Test func whatOthersCanReadIsTightened() throws {
        let files = ["catalog.sqlite", "catalog.sqlite-wal", "contextd.json", "index/a/b/collection.index", "other.txt"]
        let directory = try Self.directory(mode: 0o755, files: Array(files), folders: ["index/a/b"])
        let notices = Notices()
        try directory.create(report: notices.take)
        #expect(try Self.mode(directory.url) == 0o700)
        for name in files.dropLast() { #expect(try Self.mode(directory.url.appending(path: name)) == 0o600, "\(name)") }
        #expect(try Self.mode(directory.url.appending(path: "other.txt")) == 0o644)
        #expect(notices.all.count == 1 && notices.all[0].facts["first"] == directory.url.path, "\(notices.all)")
        try directory.create { Issue.record("\($0)") }
    }

    @Test func anEmptyDirectoryIsTightenedWithoutAWord() throws {
        let directory = try Self.directory(mode: 0o777)
        try directory.create { Issue.record("\($0)") }
        #expect(try Self.mode(directory.url) == 0o700)
    }

    @Test(arguments: zip([0o1777, 0o755] as [mode_t], [[], ["src"]] as [[String]])) func whatIsNotOursIsRefused(
        mode: mode_t, folders: [String]
    ) throws {
        let directory = try Self.directory(mode: mode, folders: folders)
        let error = #expect(throws: CatalogError.self) { try directory.create() }
        #expect(error?.code == .unusable && error?.detail.contains(String(mode, radix: 8)) == true, "\(String(describing: error))")
        #expect(try Self.mode(directory.url) == Int(mode))
    }

    @Test func linksAreNotFollowed() throws {
        let directory = try Self.directory(mode: 0o700, folders: ["index"])
        let elsewhere = try TestPaths.scratch("elsewhere").appending(path: "file")
        try Data().write(to: elsewhere)
        chmod(elsewhere.path, 0o644)
        try FileManager.default.createSymbolicLink(at: directory.url.appending(path: "index/link"), withDestinationURL: elsewhere)
        try directory.create()
        #expect(try Self.mode(elsewhere) == 0o644)
    }

    @Test(arguments: ["kept", "removed", "replaced"]) func theLockHoldsWhateverBecomesOfItsFile(file: String) throws {
        let directory = DataDirectory(try TestPaths.scratch("lock"))
        let lock = try DataDirectoryLock(directory)
        let path = directory.url.appending(path: "lock")
        if file != "kept" { try FileManager.default.removeItem(at: path) }
        if file == "replaced" { try Data("4711\n".utf8).write(to: path) }
        #expect(throws: DataDirectoryLock.Held.self) { try DataDirectoryLock(directory) }
        withExtendedLifetime(lock) {}
    }

    @Test func theLockEndsWithItsOwner() throws {
        let directory = DataDirectory(try TestPaths.scratch("lock"))
        do { withExtendedLifetime(try DataDirectoryLock(directory)) {} }
        withExtendedLifetime(try DataDirectoryLock(directory)) {}
    }
}
