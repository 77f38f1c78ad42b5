@_spi(ScopeMinting) import Catalog
import Foundation
import JSON
import Tenancy
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct TenantAndKeyTests {
    @Test func aTenantIsCreatedOnceListedAndDeleted() async throws {
        let fixture = try await CatalogFixture()
        let error = await #expect(throws: CatalogError.self) { try await fixture.catalog.createTenant(fixture.a.tenant, name: "again") }
        #expect(error?.code == .tenantExists)
        #expect(try await fixture.catalog.tenants().map(\.id.rawValue) == ["a", "b"])
        try await fixture.catalog.deleteTenant(fixture.a.tenant)
        #expect(try await fixture.catalog.tenants().map(\.id.rawValue) == ["b"])
        await #expect(throws: CatalogError.self) { try await fixture.catalog.deleteTenant(fixture.a.tenant) }
    }

    @Test func aScopeDoesNotOutliveItsTenant() async throws {
        let fixture = try await CatalogFixture()
        let (catalog, old) = (fixture.catalog, fixture.a)
        _ = try await catalog.commit([version("d")], model: "m", in: old)
        let key = try await catalog.createKey(for: old.tenant, name: "", permissions: [.read])
        _ = try await catalog.enqueueJob(document: .test("j"), header: [:], payload: [1], in: old)
        let job = try #require(try await catalog.claimJobs(after: nil, limit: 1, payloadLimit: 9).first)
        try await catalog.deleteTenant(old.tenant)
        let new = try await CatalogFixture.create("a", catalog)
        _ = try await catalog.enqueueJob(document: .test("j"), header: [:], payload: [1], in: new)
        #expect(new.incarnation != old.incarnation)
        #expect(try await catalog.position(in: new) == .start)
        #expect(try await catalog.verify(key) == nil)
        #expect(try catalog.isCurrent(new) && !catalog.isCurrent(old))
        let attempts: [@Sendable () async throws -> Void] = [
            { _ = try await catalog.commit([version("late")], model: "m", in: old) },
            { _ = try await catalog.commit(version("late"), model: "m", finishing: job) },
            { _ = try await catalog.deleteDocument(.test("d"), in: old) },
            { _ = try await catalog.enqueueJob(document: .test("x"), header: [:], payload: [], in: old) },
            { _ = try await catalog.position(in: old) }, { _ = try await catalog.documents(after: nil, limit: 1, in: old) },
            { _ = try await catalog.isValid(key.id, in: old) }, { _ = try catalog.changes(after: .start, limit: 1, model: "m", in: old) },
        ]
        for attempt in attempts {
            let error = await #expect(throws: CatalogError.self) { try await attempt() }
            #expect(error?.code == .tenantNotFound)
        }
        #expect(try await catalog.isWanted(job) == false)
        try await catalog.failJob(job, code: "x", detail: "of the old tenant", keepsUpload: true)
        #expect(try await catalog.latestJob(for: .test("j"), in: new)?.stage == .queued)
        #expect(try await catalog.documents(after: nil, limit: 10, in: new).page.isEmpty)
    }

    @Test func aKeyOpensItsTenantUntilRevoked() async throws {
        let fixture = try await CatalogFixture()
        let key = try await fixture.catalog.createKey(for: fixture.a.tenant, name: "k", permissions: [.read])
        let (record, scope) = try #require(try await fixture.catalog.verify(key))
        #expect(scope == fixture.a)
        #expect(try await fixture.catalog.isValid(key.id, in: scope))
        #expect(record.tenant == fixture.a.tenant && record.permissions == [.read] && record.name == "k")
        try await fixture.catalog.revokeKey(key.id)
        #expect(try await fixture.catalog.verify(key) == nil)
        #expect(try await fixture.catalog.isValid(key.id, in: scope) == false)
        try await fixture.catalog.revokeKey(key.id)
        #expect(try await fixture.catalog.keys(of: fixture.a.tenant).map { $0.revokedAt == nil } == [false])
        #expect(try await fixture.catalog.keys(of: fixture.b.tenant).isEmpty)
    }

    @Test func theValidAmongManyKeysAreFoundAtOnce() async throws {
        let fixture = try await CatalogFixture()
        let catalog = fixture.catalog
        var keys: [ScopedKey] = []
        for scope in [fixture.a, fixture.a, fixture.b, fixture.b] {
            keys.append(ScopedKey(id: try await catalog.createKey(for: scope.tenant, name: "", permissions: [.read]).id, scope: scope))
        }
        #expect(try catalog.validKeys(among: keys) == Set(keys) && catalog.validKeys(among: []) == [])
        try await catalog.revokeKey(keys[0].id)
        #expect(try catalog.validKeys(among: keys) == Set(keys[1...]))
        // Neither another tenant's scope nor that of a deleted tenant with the same name makes a key valid.
        #expect(try catalog.validKeys(among: [ScopedKey(id: keys[2].id, scope: fixture.a)]) == [])
        try await catalog.deleteTenant(fixture.b.tenant)
        try await catalog.createTenant(fixture.b.tenant, name: "")
        #expect(try catalog.validKeys(among: keys) == [keys[1]])
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
