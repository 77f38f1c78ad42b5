@_spi(ScopeMinting) import Catalog
import Foundation
import Tenancy
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct BackupTests {
    /// A copy made during writes is consistent and is a valid catalog.
    @Test func aBackupBesideAWriterIsOfOneMoment() async throws {
        let fixture = try await CatalogFixture()
        for number in 0..<20 { _ = try await fixture.catalog.commit([version("d\(number)", chunks: 4)], model: "m", in: fixture.a) }
        let copy = fixture.folder.appending(path: "backup.sqlite")
        async let writing: Void = {
            for number in 20..<60 { _ = try await fixture.catalog.commit([version("d\(number)", chunks: 4)], model: "m", in: fixture.a) }
        }()
        let check = try CatalogBackup.write(fixture.folder.appending(path: "catalog.sqlite"), to: copy)
        try await writing
        #expect(
            check.isSound && check.hasChecksums && (20...60).contains(check.documents) && check.passages == 4 * check.documents, "\(check)")
        let names = try FileManager.default.contentsOfDirectory(atPath: fixture.folder.path).filter { $0.hasPrefix("backup") }
        #expect(names == ["backup.sqlite"])
        #expect(try FileManager.default.attributesOfItem(atPath: copy.path)[.posixPermissions] as? Int == 0o600)
        #expect(throws: CatalogError.self) { try CatalogBackup.write(fixture.folder.appending(path: "catalog.sqlite"), to: copy) }
    }

    @Test func aRestoredCatalogHoldsWhatTheBackupHeld() async throws {
        let fixture = try await CatalogFixture()
        let (file, copy) = (fixture.folder.appending(path: "catalog.sqlite"), fixture.folder.appending(path: "backup.sqlite"))
        _ = try await fixture.catalog.commit([version("kept", text: "before")], model: "m", in: fixture.a)
        _ = try CatalogBackup.write(file, to: copy)
        _ = try await fixture.catalog.commit([version("lost", text: "after"), version("kept", text: "changed")], model: "m", in: fixture.a)
        try fixture.catalog.close()
        let check = try CatalogBackup.restore(copy, to: file)
        #expect(check.isSound && check.documents == 1)
        let catalog = try fixture.reopened()
        #expect(try await catalog.documentWithText(.test("kept"), in: fixture.a).text == "before")
        await #expect(throws: CatalogError.self) { try await catalog.document(.test("lost"), in: fixture.a) }
        try catalog.close()
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.folder.path).sorted() == ["backup.sqlite", "catalog.sqlite"])
    }

    /// A log left by a killed process belongs to the old catalog, not to the restored one.
    @Test func anOldLogIsNotTakenForTheNewOnes() async throws {
        let fixture = try await CatalogFixture()
        let copy = fixture.folder.appending(path: "backup.sqlite")
        _ = try CatalogBackup.write(fixture.folder.appending(path: "catalog.sqlite"), to: copy)
        _ = try await fixture.catalog.commit([version("lost")], model: "m", in: fixture.a)
        let folder = try TestPaths.scratch("killed")
        for suffix in ["", "-wal", "-mark"] {
            try FileManager.default.copyItem(
                at: fixture.folder.appending(path: "catalog.sqlite" + suffix), to: folder.appending(path: "catalog.sqlite" + suffix))
        }
        try fixture.catalog.close()
        let file = folder.appending(path: "catalog.sqlite")
        #expect(try CatalogBackup.restore(copy, to: file).documents == 0)
        let catalog = try CatalogStore(file: file) { Issue.record("\($0)") }
        #expect(try await catalog.documents(after: nil, limit: 1, in: fixture.a).page.isEmpty)
        try catalog.close()
    }

    /// Damage anywhere in the backup leaves the catalog unchanged.
    @Test func aDamagedBackupChangesNothing() async throws {
        let file = try await PageDamageTests.filled()
        let before = try Data(contentsOf: file)
        let copy = file.deletingLastPathComponent().appending(path: "backup.sqlite")
        _ = try CatalogBackup.write(file, to: copy)
        let sound = try Data(contentsOf: copy)
        var rng = SplitMix64(seed: 5)
        for _ in 0..<10 {
            var bytes = sound
            bytes[Int.random(in: 0..<bytes.count, using: &rng)] ^= UInt8.random(in: 1...255, using: &rng)
            try bytes.write(to: copy)
            // A changed byte of the header's counters cannot be distinguished from another program's changes to them.
            if (try? CatalogCheck(file: copy))?.isSound == true { continue }
            #expect(throws: CatalogError.self) { try CatalogBackup.restore(copy, to: file) }
            #expect(try Data(contentsOf: file) == before)
        }
        try sound.prefix(sound.count / 2).write(to: copy)
        #expect(throws: CatalogError.self) { try CatalogBackup.restore(copy, to: file) }
        #expect(try Data(contentsOf: file) == before)
        #expect(try FileManager.default.contentsOfDirectory(atPath: file.deletingLastPathComponent().path).count == 2)
    }

    @Test func aDamagedCatalogIsNotBackedUp() async throws {
        let file = try await PageDamageTests.filled()
        let damaged = try PageDamageTests.changed(file) { $0[$0.count / 2] ^= 1 }
        let copy = damaged.deletingLastPathComponent().appending(path: "backup.sqlite")
        let error = #expect(throws: CatalogError.self) { try CatalogBackup.write(damaged, to: copy) }
        #expect(error?.code == .damaged)
        #expect(try FileManager.default.contentsOfDirectory(atPath: damaged.deletingLastPathComponent().path) == ["catalog.sqlite"])
    }
}
