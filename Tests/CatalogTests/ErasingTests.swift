import Catalog
import Foundation
import GRDB
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

    /// Runs `body` on a thread that may block.
    private static func onThread(_ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                body()
                continuation.resume()
            }
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

    /// SQLite refuses a second checkpoint at once. It is an attempt that failed, as when the server checkpoints while a command deletes a
    /// tenant, and not an error of the command.
    @Test func anotherCheckpointIsNoError() async throws {
        let fixture = try await CatalogFixture()
        _ = try await fixture.catalog.commit([version("d", text: Self.secret)], model: "m", in: fixture.a)
        let other = try OtherCheckpoint(file: fixture.folder.appending(path: "catalog.sqlite"))
        try other.read()
        try await Self.delete("document", fixture)
        async let checkpoint: Void = Self.onThread { other.run() }
        await Self.onThread { other.untilItWaits() }
        #expect(try !fixture.catalog.emptyLog())
        other.giveUp()
        await checkpoint
        try other.close()
        #expect(try fixture.catalog.eraseDeleted())
        #expect(try Self.filesWithSecret(fixture.folder) == [])
        try fixture.catalog.close()
    }
}

/// A checkpoint of another connection, which waits for a reader of an older state until it is told to give up.
private final class OtherCheckpoint: Sendable {
    private let reader: DatabaseQueue
    private let writer: DatabaseQueue
    private let (waits, isOver) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))

    init(file: URL) throws {
        var configuration = Configuration()
        configuration.busyMode = .callback { [waits, isOver] _ in
            waits.signal()
            // The limit ends the test if it fails before it gives up.
            _ = isOver.wait(timeout: .now() + 20)
            return false
        }
        var unfinished = Configuration()
        unfinished.allowsUnsafeTransactions = true
        reader = try DatabaseQueue(path: file.path, configuration: unfinished)
        writer = try DatabaseQueue(path: file.path, configuration: configuration)
    }

    func read() throws {
        try reader.writeWithoutTransaction { db in
            try db.beginTransaction(.deferred)
            _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM tenant")
        }
    }

    func run() { _ = try? writer.writeWithoutTransaction { db in try db.checkpoint(.truncate) } }

    func untilItWaits() { waits.wait() }

    func giveUp() { isOver.signal() }

    func close() throws {
        try reader.writeWithoutTransaction { db in try db.rollback() }
        try reader.close()
        try writer.close()
    }
}
