import Catalog
import Foundation
import JSON
import Tenancy
import TestSupport
import Testing

/// Deleted text is in no file of the catalog, regardless of how it was deleted.
@Suite(.timeLimit(.minutes(10))) struct ErasingTests {
    private static let secret = "the combination is 31-7-99"

    private static func filesWithSecret(_ folder: URL) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { name in
            (try? Data(contentsOf: folder.appending(path: name)))?.range(of: Data(secret.utf8)) != nil
        }
    }

    private static func delete(_ way: String, _ fixture: CatalogFixture) async throws {
        let catalog = fixture.catalog
        switch way {
        case "document": #expect(try await catalog.deleteDocument(.test("d"), in: fixture.a).existed)
        case "replaced": _ = try await catalog.commit([version("d", text: "nothing", chunks: 1)], model: "m", in: fixture.a)
        case "tenant": try await catalog.deleteTenant(fixture.a.tenant)
        default: break
        }
    }

    @Test(arguments: ["document", "replaced", "tenant"]) func whatIsDeletedLeavesTheLogToo(way: String) async throws {
        let fixture = try await CatalogFixture()
        _ = try await fixture.catalog.commit([version("d", text: Self.secret, chunks: 3)], model: "m", in: fixture.a)
        #expect(try !Self.filesWithSecret(fixture.folder).isEmpty)
        try await Self.delete(way, fixture)
        #expect(try fixture.catalog.eraseDeleted())
        #expect(try Self.filesWithSecret(fixture.folder) == [])
        try fixture.catalog.close()
    }

    @Test(arguments: ["finished", "failed", "erased", "cancelled"]) func anUploadsBytesGoWithItsJob(way: String) async throws {
        let fixture = try await CatalogFixture()
        let catalog = fixture.catalog
        _ = try await catalog.enqueueJob(
            document: .test("d"), header: ["title": .string(Self.secret)], payload: Array(Self.secret.utf8), in: fixture.a)
        let job = try #require(try await catalog.claimJobs(after: nil, limit: 1, payloadLimit: 100).first)
        #expect(try !Self.filesWithSecret(fixture.folder).isEmpty)
        switch way {
        case "finished": _ = try await catalog.commit(version("d", text: "other"), model: "m", finishing: job)
        case "failed": try await catalog.failJob(job, code: "empty", detail: "no text", keepsUpload: false)
        case "erased":
            try await catalog.failJob(job, code: "internal", detail: "interrupted", keepsUpload: true)
            try await catalog.cancelJob(job.id, in: fixture.a)
        default: _ = try await catalog.deleteDocument(.test("d"), in: fixture.a)
        }
        #expect(try catalog.eraseDeleted())
        #expect(try Self.filesWithSecret(fixture.folder) == [])
        try catalog.close()
    }

    /// A reader of an older state blocks the checkpoint; nothing is lost, and the next attempt completes it.
    @Test func aReaderInTheWayIsNotWaitedForWithoutEnd() async throws {
        let fixture = try await CatalogFixture()
        _ = try await fixture.catalog.commit([version("d", text: Self.secret)], model: "m", in: fixture.a)
        let second = try fixture.reopened()
        try await Self.delete("document", fixture)
        #expect(try second.eraseDeleted())
        #expect(try Self.filesWithSecret(fixture.folder) == [])
        try second.close()
        try fixture.catalog.close()
    }
}
