import Foundation
import Originals
import Scheduling
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct FileOriginalStoreTests {
    private let folder: URL
    private let store: FileOriginalStore

    init() throws {
        folder = try TestPaths.scratch("originals").appending(path: "originals")
        store = FileOriginalStore(folder: folder, workers: WorkerPool(name: "test", threads: 2, queueLimit: 1000))
    }

    private func key(_ owner: String, _ mark: Character = "a") throws -> OriginalKey {
        try #require(OriginalKey(owner: owner, digest: String(repeating: mark, count: 64)))
    }

    private func files() -> [String] { (FileManager.default.enumerator(atPath: folder.path)?.allObjects as? [String] ?? []).sorted() }

    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.appending(path: path).path)
        return try #require(attributes[.posixPermissions] as? Int)
    }

    @Test func anOriginalIsReadBackPieceByPiece() async throws {
        let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try await store.put(bytes, as: key("a1"))
        try await store.put(bytes, as: key("a1"))
        let reader = try #require(try await store.open(key("a1")))
        #expect(reader.size == bytes.count)
        var read: [UInt8] = []
        for start in stride(from: 0, to: reader.size, by: 70_000) {
            read += try await reader.bytes(in: start..<min(start + 70_000, reader.size))
        }
        #expect(read == bytes)
        let digest = String(repeating: "a", count: 62)
        #expect(files() == ["a1", "a1/aa", "a1/aa/\(digest)"])
        #expect(try mode("a1") == 0o700 && mode("a1/aa") == 0o700 && mode("a1/aa/\(digest)") == 0o600)
        #expect(FileOriginalStore.has(try key("a1"), bytes: 200_000, in: folder))
        for (owner, bytes) in [("a1", 1), ("b", 200_000)] {
            #expect(try !FileOriginalStore.has(key(owner), bytes: bytes, in: folder))
        }
    }

    @Test func anEmptyFileIsAnOriginal() async throws {
        try await store.put([], as: key("a"))
        #expect(try await store.open(key("a"))?.size == 0)
    }

    @Test func ownersHaveNothingInCommon() async throws {
        try await store.put([1], as: key("a"))
        #expect(try await store.open(key("b")) == nil)
        try await store.put([1], as: key("b"))
        try await store.remove(key("a"))
        try await store.remove(key("a"))
        #expect(try await store.open(key("a")) == nil)
        #expect(try await store.open(key("b"))?.size == 1)
        #expect(try await store.owners().sorted() == ["a", "b"])
        try await store.removeAll(of: "b")
        #expect(try await store.open(key("b")) == nil)
        #expect(try await store.owners() == ["a"])
    }

    @Test func aRemovedFileStaysReadableForItsReader() async throws {
        try await store.put([1, 2, 3], as: key("a"))
        let reader = try #require(try await store.open(key("a")))
        try await store.remove(key("a"))
        #expect(try await reader.bytes(in: 1..<3) == [2, 3])
    }

    @Test func whatACrashLeftIsNoOriginal() async throws {
        try await store.put([1], as: key("a", "c"))
        let left = folder.appending(path: "a/cc/.\(String(repeating: "d", count: 62)).17")
        try Data([1]).write(to: left)
        #expect(try await store.keys(of: "a") == [key("a", "c")])
        #expect(!FileManager.default.fileExists(atPath: left.path))
        // A file that lost its end is written again.
        let cut = folder.appending(path: "a/cc/\(String(repeating: "c", count: 62))")
        try Data().write(to: cut)
        try await store.put([1], as: key("a", "c"))
        #expect(try await store.open(key("a", "c"))?.size == 1)
    }

    @Test func linksAndFoldersAreNoOriginals() async throws {
        try await store.put([1], as: key("a"))
        let name = String(repeating: "b", count: 62)
        try FileManager.default.createDirectory(at: folder.appending(path: "a/bb"), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: folder.appending(path: "a/bb/\(name)").path, withDestinationPath: "/etc/passwd")
        await #expect(throws: OriginalError.self) { try await store.open(key("a", "b")) }
        try FileManager.default.createDirectory(
            at: folder.appending(path: "a/cc/\(String(repeating: "c", count: 62))"), withIntermediateDirectories: true)
        #expect(try await store.open(key("a", "c")) == nil)
    }

    @Test(arguments: ["", "A", "..", "a/b", "a.b", "ü", String(repeating: "a", count: 65)])
    func namesThatArePathsAreRefused(owner: String) {
        #expect(OriginalKey(owner: owner, digest: String(repeating: "a", count: 64)) == nil)
    }

    @Test(arguments: ["", "a", String(repeating: "g", count: 64), String(repeating: "A", count: 64), String(repeating: "a", count: 65)])
    func digestsOfAnotherFormAreRefused(digest: String) { #expect(OriginalKey(owner: "a", digest: digest) == nil) }
}
