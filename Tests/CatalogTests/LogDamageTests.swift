@_spi(ScopeMinting) import Catalog
import Foundation
import Synchronization
import Tenancy
import TestSupport
import Testing

/// What happens to a write-ahead log whose bytes changed while no process had it open.
@Suite(.timeLimit(.minutes(10))) struct LogDamageTests {
    /// A catalog as `kill -9` leaves it: its log contains six commits of documents.
    struct Killed {
        let folder: URL
        static let documents = (0..<6).map { "d\($0)" }

        var catalog: URL { folder.appending(path: "catalog.sqlite") }
        var log: URL { folder.appending(path: "catalog.sqlite-wal") }
        var mark: URL { folder.appending(path: "catalog.sqlite-mark") }

        init() async throws {
            let fixture = try await CatalogFixture()
            #expect(try fixture.catalog.emptyLog())
            for id in Self.documents {
                _ = try await fixture.catalog.commit([version(id, text: "text of \(id)")], model: "m", in: fixture.a)
            }
            folder = try TestPaths.scratch("killed")
            for suffix in ["", "-wal", "-mark"] {
                let name = "catalog.sqlite" + suffix
                try FileManager.default.copyItem(at: fixture.folder.appending(path: name), to: folder.appending(path: name))
            }
            try fixture.catalog.close()
        }

        /// Opens the catalog with `bytes` as its log.
        func opened(_ bytes: Data) throws -> (catalog: CatalogStore, notices: [CatalogNotice]) {
            let copy = try TestPaths.scratch("opened")
            for file in [catalog, mark] where FileManager.default.fileExists(atPath: file.path) {
                try FileManager.default.copyItem(at: file, to: copy.appending(path: file.lastPathComponent))
            }
            try bytes.write(to: copy.appending(path: "catalog.sqlite-wal"))
            let notices = Notices()
            let store = try CatalogStore(file: copy.appending(path: "catalog.sqlite"), report: notices.take)
            return (store, notices.all)
        }
    }

    static func present(_ catalog: CatalogStore) async throws -> [String] {
        let scope = try #require(try await catalog.scope(of: .test("a")))
        var present: [String] = []
        for id in Killed.documents {
            guard let text = try? await catalog.documentWithText(.test(id), in: scope).text else { continue }
            #expect(text == "text of \(id)")
            present.append(id)
        }
        return present
    }

    @Test func aLogThatNothingHappenedToIsTakenWithoutAWord() async throws {
        let killed = try await Killed()
        let (catalog, notices) = try killed.opened(Data(contentsOf: killed.log))
        #expect(try await Self.present(catalog) == Killed.documents && notices.isEmpty)
        try catalog.close()
    }

    /// A flipped bit anywhere, including the header and the last frame: nothing is lost, and the operator is notified.
    @Test func aFlippedBitIsFlippedBack() async throws {
        let killed = try await Killed()
        let log = try Data(contentsOf: killed.log)
        var rng = SplitMix64(seed: 12)
        var bits = (0..<40).map { _ in Int.random(in: 0..<log.count * 8, using: &rng) }
        // Also the upper bits of words, which the log's checksum alone cannot distinguish, and the last words.
        bits += (0..<10).map { _ in Int.random(in: 100..<log.count / 4, using: &rng) * 32 + 31 - 7 * Int.random(in: 0...1, using: &rng) }
        bits += (1...8).map { log.count * 8 - 4 * $0 }
        bits += [0, 31, 64, 130, 200, 255, 256, 257 + 32, 300, 330, 400, 447, log.count * 8 - 1]
        for bit in bits {
            var damaged = log
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            let (catalog, notices) = try killed.opened(damaged)
            #expect(try await Self.present(catalog) == Killed.documents, "bit \(bit)")
            #expect(notices.count == 1 && notices[0].level == .error && notices[0].facts["bits"] == "1", "bit \(bit): \(notices)")
            try catalog.close()
        }
    }

    /// Without the mark, the log's checksum often cannot identify the flipped bit. Nothing is guessed: reads return what was written.
    @Test func withoutAMarkNothingIsGuessed() async throws {
        let killed = try await Killed()
        try FileManager.default.removeItem(at: killed.mark)
        let log = try Data(contentsOf: killed.log)
        var rng = SplitMix64(seed: 13)
        var repaired = 0
        for _ in 0..<30 {
            let bit = Int.random(in: 0..<log.count * 8 / 2, using: &rng)
            var damaged = log
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            let (catalog, notices) = try killed.opened(damaged)
            let present = try await Self.present(catalog)
            #expect(notices.count == 1, "bit \(bit): \(notices)")
            if notices.first?.facts["bits"] != nil {
                #expect(present == Killed.documents, "bit \(bit)")
                repaired += 1
            }
            try catalog.close()
        }
        #expect(repaired > 5)
    }

    /// For damage of more than a bit, what SQLite drops is reported, and the damaged log is kept.
    @Test(arguments: [true, false]) func whatIsLostIsTold(hasMark: Bool) async throws {
        let killed = try await Killed()
        if !hasMark { try FileManager.default.removeItem(at: killed.mark) }
        let log = try Data(contentsOf: killed.log)
        // Without a mark, a damaged last commit looks like one that was never acknowledged.
        let places = hasMark ? [40, log.count / 3, log.count / 2, log.count - 100] : [40, log.count / 3]
        for place in places {
            var damaged = log
            for offset in place..<place + 16 { damaged[offset] ^= 0x5A }
            let (catalog, notices) = try killed.opened(damaged)
            #expect(try await Self.present(catalog).count < Killed.documents.count, "byte \(place)")
            #expect(notices.count == 1 && notices[0].facts["code"] == "catalog_log_damaged", "byte \(place): \(notices)")
            let copy = try #require(notices.first?.facts["copy"])
            #expect(try Data(contentsOf: URL(filePath: copy)) == damaged)
            let file = URL(filePath: copy).deletingLastPathComponent().appending(path: "catalog.sqlite")
            try catalog.close()
            #expect(try CatalogCheck(file: file).findings.map(\.kind) == [.log])
            try CatalogStore(file: file) { notice in Issue.record("reported twice: \(notice)") }.close()
        }
    }

    @Test func aLogThatIsGoneOrCutIsTold() async throws {
        let killed = try await Killed()
        let log = try Data(contentsOf: killed.log)
        for rest in [Data(), log.prefix(20), log.prefix(log.count / 2)] {
            let (catalog, notices) = try killed.opened(rest)
            #expect(notices.map { $0.facts["code"] } == ["catalog_log_damaged"], "\(rest.count) bytes: \(notices)")
            try catalog.close()
        }
    }

    /// A commit that was not fully flushed was never acknowledged.
    @Test func aTornLastCommitIsNoDamage() async throws {
        let killed = try await Killed()
        try FileManager.default.removeItem(at: killed.mark)
        let log = try Data(contentsOf: killed.log)
        for rest in [log.dropLast(1), log.dropLast(5000), log.prefix(32), Data()] {
            let (catalog, notices) = try killed.opened(Data(rest))
            #expect(notices.isEmpty, "\(rest.count) bytes: \(notices)")
            try catalog.close()
        }
    }

    /// Another program checkpointed the log: the file contains all of it.
    @Test func aLogThatWasMovedIntoTheFileIsNotMissed() async throws {
        let fixture = try await CatalogFixture()
        _ = try await fixture.catalog.commit([version("d")], model: "m", in: fixture.a)
        let mark = try Data(contentsOf: fixture.folder.appending(path: "catalog.sqlite-mark"))
        try fixture.catalog.close()
        try mark.write(to: fixture.folder.appending(path: "catalog.sqlite-mark"))
        try CatalogStore(file: fixture.folder.appending(path: "catalog.sqlite")) { Issue.record("\($0)") }.close()
    }

    @Test func verifyFindsADamagedLogAndChangesNothing() async throws {
        let killed = try await Killed()
        #expect(try CatalogCheck(file: killed.catalog).isSound)
        var damaged = try Data(contentsOf: killed.log)
        damaged[damaged.count / 2] ^= 0xFF
        try damaged.write(to: killed.log)
        let check = try CatalogCheck(file: killed.catalog)
        #expect(check.findings.contains { $0.kind == .log && $0.detail.contains("frame") }, "\(check.findings)")
        #expect(try Data(contentsOf: killed.log) == damaged)
    }

    @Test func anOrderlyCloseLeavesNoLog() async throws {
        let fixture = try await CatalogFixture()
        _ = try await fixture.catalog.commit([version("d", text: "kept in one file")], model: "m", in: fixture.a)
        try fixture.catalog.close()
        #expect(!FileManager.default.fileExists(atPath: fixture.folder.appending(path: "catalog.sqlite-wal").path))
        let copy = try TestPaths.scratch("copied").appending(path: "catalog.sqlite")
        try FileManager.default.copyItem(at: fixture.folder.appending(path: "catalog.sqlite"), to: copy)
        let catalog = try CatalogStore(file: copy)
        let scope = try #require(try await catalog.scope(of: .test("a")))
        #expect(try await catalog.documentWithText(.test("d"), in: scope).text == "kept in one file")
        try catalog.close()
    }
}

/// The notices that a catalog sent.
final class Notices: Sendable {
    private let notices = Mutex<[CatalogNotice]>([])

    var all: [CatalogNotice] { notices.withLock { $0 } }

    var take: CatalogNotice.Handler { { notice in self.notices.withLock { $0.append(notice) } } }
}
