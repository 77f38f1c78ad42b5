@_spi(ScopeMinting) import Catalog
import Foundation
import JSON
import Tenancy
import TestSupport
import Testing

/// A catalog on a full file system, simulated and real.
@Suite(.timeLimit(.minutes(10))) struct StorageTests {
    private static func code(_ body: () async throws -> Void) async -> CatalogError.Code? {
        do { try await body() } catch { return (error as? CatalogError)?.code }
        return nil
    }

    /// Requires more free space than there is.
    @Test func withoutRoomNothingIsAddedAndEverythingElseGoesOn() async throws {
        let fixture = try await CatalogFixture()
        _ = try await fixture.catalog.commit([version("d"), version("e")], model: "m", in: fixture.a)
        let key = try await fixture.catalog.createKey(for: fixture.a.tenant, name: "", permissions: [.read])
        try fixture.catalog.close()

        let notices = Notices()
        let catalog = try CatalogStore(
            file: fixture.folder.appending(path: "catalog.sqlite"), storage: StorageLimits(minimumFree: 1 << 50, reserve: 0),
            report: notices.take)
        #expect(catalog.storageStatus == .full && notices.all.count == 1, "\(notices.all)")
        #expect(await Self.code { _ = try await catalog.commit([version("f")], model: "m", in: fixture.a) } == .storageFull)
        #expect(
            await Self.code { _ = try await catalog.enqueueJob(document: .test("g"), header: [:], payload: [1], in: fixture.a) }
                == .storageFull)
        #expect(await Self.code { try await catalog.createTenant(.test("new"), name: "") } == .storageFull)
        #expect(try await catalog.documentWithText(.test("d"), in: fixture.a).record.chunkCount == 2)
        #expect(try await catalog.verify(key) != nil)
        try await catalog.revokeKey(key.id)
        #expect(try await catalog.verify(key) == nil)
        #expect(try await catalog.deleteDocument(.test("d"), in: fixture.a).existed)
        try await catalog.deleteTenant(fixture.a.tenant)
        #expect(try await catalog.tenants().map(\.id) == [fixture.b.tenant])
        try catalog.close()
        #expect(try CatalogCheck(file: fixture.folder.appending(path: "catalog.sqlite")).isSound)
    }

    /// The smallest file system available for tests; only root may mount one.
    final class SmallDisk {
        let folder: URL

        init?(megabytes: Int) throws {
            folder = try TestPaths.scratch("disk")
            guard geteuid() == 0, mount("tmpfs", folder.path, "tmpfs", 0, "size=\(megabytes)m,mode=700") == 0 else { return nil }
        }

        func remount(isReadOnly: Bool) -> Bool { mount(nil, folder.path, nil, UInt(MS_REMOUNT | (isReadOnly ? MS_RDONLY : 0)), nil) == 0 }

        deinit { umount2(folder.path, Int32(MNT_DETACH)) }

        /// Uses all free space.
        func fill() throws {
            let file = open(folder.appending(path: "filler").path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
            defer { close(file) }
            for size in [1 << 20, 1 << 12, 1] {
                let bytes = [UInt8](repeating: 7, count: size)
                while write(file, bytes, size) == size {}
            }
        }

        func clear() throws { try FileManager.default.removeItem(at: folder.appending(path: "filler")) }
    }

    @Test func aFullDiskIsServedFromAndRecovers() async throws {
        guard let disk = try SmallDisk(megabytes: 24) else { return print("skipped: a small file system needs root and mount") }
        let file = disk.folder.appending(path: "catalog.sqlite")
        let limits = StorageLimits(minimumFree: 2 << 20, reserve: 4 << 20)
        var catalog = try CatalogStore(file: file, storage: limits)
        let a = try await CatalogFixture.create("a", catalog)
        for number in 0..<40 {
            _ = try await catalog.commit([version("d\(number)", text: String(repeating: "full ", count: 8000))], model: "m", in: a)
        }
        #expect(try catalog.eraseDeleted())
        catalog.tendStorage()
        try disk.fill()
        catalog.tendStorage()
        #expect(await Self.code { _ = try await catalog.commit([version("late")], model: "m", in: a) } == .storageFull)
        #expect(try await catalog.document(.test("d3"), in: a).chunkCount == 2)
        #expect(try await catalog.deleteDocument(.test("d3"), in: a).existed)
        #expect(try catalog.eraseDeleted())
        catalog.tendStorage()
        try catalog.close()

        // The next process has no free space either, and serves the existing documents.
        try disk.fill()
        catalog = try CatalogStore(file: file, storage: limits)
        #expect(catalog.storageStatus == .full)
        #expect(try await catalog.documentWithText(.test("d4"), in: a).text.utf8.count == 40_000)
        #expect(await Self.code { _ = try await catalog.commit([version("late")], model: "m", in: a) } == .storageFull)
        try await catalog.deleteTenant(a.tenant)
        try disk.clear()
        catalog.tendStorage()
        #expect(catalog.storageStatus == .writable)
        let b = try await CatalogFixture.create("b", catalog)
        _ = try await catalog.commit([version("new")], model: "m", in: b)
        try catalog.close()
        #expect(try CatalogCheck(file: file).isSound)
    }

    /// Not a single free byte, and no reserve.
    @Test func aDiskThatIsFullToTheLastByteIsReadFrom() async throws {
        guard let disk = try SmallDisk(megabytes: 8) else { return print("skipped: a small file system needs root and mount") }
        let file = disk.folder.appending(path: "catalog.sqlite")
        var catalog = try CatalogStore(file: file)
        let a = try await CatalogFixture.create("a", catalog)
        _ = try await catalog.commit([version("d")], model: "m", in: a)
        try catalog.close()
        try disk.fill()
        let notices = Notices()
        catalog = try CatalogStore(file: file, report: notices.take)
        #expect(catalog.storageStatus == .full && notices.all.contains { $0.level == .error }, "\(notices.all)")
        #expect(try await catalog.document(.test("d"), in: a).chunkCount == 2)
        #expect(await Self.code { _ = try await catalog.commit([version("late")], model: "m", in: a) } == .storageFull)
        #expect(await Self.code { _ = try await catalog.deleteDocument(.test("d"), in: a) } == .storageFull)
        try catalog.close()
        try disk.clear()
        catalog = try CatalogStore(file: file)
        _ = try await catalog.commit([version("late")], model: "m", in: a)
        try catalog.close()
    }

    @Test func aReadOnlyDirectoryIsServedFrom() async throws {
        guard let disk = try SmallDisk(megabytes: 24) else { return print("skipped: a small file system needs root and mount") }
        let file = disk.folder.appending(path: "catalog.sqlite")
        var catalog = try CatalogStore(file: file)
        let a = try await CatalogFixture.create("a", catalog)
        _ = try await catalog.commit([version("d")], model: "m", in: a)
        try catalog.close()
        guard disk.remount(isReadOnly: true) else { return print("skipped: cannot make the file system read-only") }
        let directory = DataDirectory(disk.folder)
        try directory.create()
        let lock = try DataDirectoryLock(directory)
        catalog = try CatalogStore(file: file)
        #expect(catalog.storageStatus == .readOnly)
        #expect(try await catalog.document(.test("d"), in: a).chunkCount == 2)
        #expect(try await catalog.position(in: a).sequence == 1)
        #expect(await Self.code { _ = try await catalog.commit([version("late")], model: "m", in: a) } == .storageReadOnly)
        #expect(await Self.code { _ = try await catalog.deleteDocument(.test("d"), in: a) } == .storageReadOnly)
        try catalog.close()
        withExtendedLifetime(lock) {}
        #expect(disk.remount(isReadOnly: false))
    }
}
