import Catalog
import Foundation
import Tenancy
import TestSupport
import Testing

@Suite struct TenantAndKeyTests {
    @Test func aTenantIsCreatedOnceListedAndDeleted() async throws {
        let fixture = try await CatalogFixture()
        let error = await #expect(throws: CatalogError.self) { try await fixture.catalog.createTenant(fixture.a.tenant, name: "again") }
        #expect(error?.code == .tenantExists)
        #expect(try await fixture.catalog.tenants().map(\.id.rawValue) == ["a", "b"])
        try await fixture.catalog.deleteTenant(fixture.a.tenant)
        #expect(try await fixture.catalog.tenants().map(\.id.rawValue) == ["b"])
        await #expect(throws: CatalogError.self) { try await fixture.catalog.deleteTenant(fixture.a.tenant) }
    }

    @Test func aTenantMadeAgainIsAnotherGenerationAndEmpty() async throws {
        let fixture = try await CatalogFixture()
        _ = try await fixture.catalog.commit([version("d")], model: "m", in: fixture.a)
        let key = try await fixture.catalog.createKey(for: fixture.a.tenant, name: "", permissions: [.read])
        let before = try await fixture.catalog.corpusVersion(in: fixture.a)
        try await fixture.catalog.deleteTenant(fixture.a.tenant)
        await #expect(throws: CatalogError.self) { try await fixture.catalog.corpusVersion(in: fixture.a) }
        try await fixture.catalog.createTenant(fixture.a.tenant, name: "A")
        let after = try await fixture.catalog.corpusVersion(in: fixture.a)
        #expect(after.generation != before.generation && after.sequence == 0)
        #expect(try await fixture.catalog.documents(after: nil, limit: 10, in: fixture.a).page.isEmpty)
        #expect(try await fixture.catalog.verify(key) == nil)
    }

    @Test func aKeyOpensItsTenantUntilRevoked() async throws {
        let fixture = try await CatalogFixture()
        let key = try await fixture.catalog.createKey(for: fixture.a.tenant, name: "k", permissions: [.read])
        let record = try #require(try await fixture.catalog.verify(key))
        #expect(record.tenant == fixture.a.tenant && record.permissions == [.read] && record.name == "k")
        try await fixture.catalog.revokeKey(key.id)
        #expect(try await fixture.catalog.verify(key) == nil)
        try await fixture.catalog.revokeKey(key.id)
        #expect(try await fixture.catalog.keys(of: fixture.a.tenant).map { $0.revokedAt == nil } == [false])
        #expect(try await fixture.catalog.keys(of: fixture.b.tenant).isEmpty)
    }

    @Test func aWrongSecretAndAnUnknownIdOpenNothing() async throws {
        let fixture = try await CatalogFixture()
        let key = try await fixture.catalog.createKey(for: fixture.a.tenant, name: "", permissions: [.read, .write])
        let forged = try #require(APIKey("ctx_\(key.id)_\(APIKey.random().secret)"))
        #expect(try await fixture.catalog.verify(forged) == nil)
        #expect(try await fixture.catalog.verify(APIKey.random()) == nil)
        let unknown = try #require(TenantID("nobody"))
        await #expect(throws: CatalogError.self) { try await fixture.catalog.createKey(for: unknown, name: "", permissions: [.read]) }
    }

    @Test func theSecretIsNotInTheFile() async throws {
        let fixture = try await CatalogFixture()
        let key = try await fixture.catalog.createKey(for: fixture.a.tenant, name: "", permissions: [.read])
        try fixture.catalog.close()
        for name in try FileManager.default.contentsOfDirectory(atPath: fixture.folder.path) {
            let bytes = try Data(contentsOf: fixture.folder.appending(path: name))
            #expect(bytes.range(of: Data(key.secret.utf8)) == nil, "\(name)")
        }
    }

    @Test func aFileThatIsNoCatalogIsRefusedWithItsName() throws {
        let folder = try TestPaths.scratch()
        let file = folder.appending(path: "catalog.sqlite")
        try Data(repeating: 7, count: 4096).write(to: file)
        let error = #expect(throws: CatalogError.self) { try CatalogStore(file: file) }
        #expect(error?.code == .unusable && error?.detail.contains(file.path) == true)
    }

    @Test func aDataDirectoryHasOneOwner() throws {
        let directory = DataDirectory(try TestPaths.scratch())
        let lock = try DataDirectoryLock(directory)
        let error = #expect(throws: DataDirectoryLock.Held.self) { try DataDirectoryLock(directory) }
        #expect(error?.owner == Int(ProcessInfo.processInfo.processIdentifier))
        #expect(error?.description.contains("--server") == true)
        withExtendedLifetime(lock) {}
    }
}
