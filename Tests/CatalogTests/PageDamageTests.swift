@_spi(ScopeMinting) import Catalog
import Foundation
import Tenancy
import TestSupport
import Testing

/// What happens to a catalog whose file was changed while no process had it open.
@Suite(.timeLimit(.minutes(10))) struct PageDamageTests {
    static let texts: [String: String] = Dictionary(
        uniqueKeysWithValues: (0..<30).map { ("d\($0)", String(repeating: "words of document \($0). ", count: 20 + $0 * 9)) })

    /// A closed catalog of thirty documents, in an order that puts d1 and d29 on different pages.
    static func filled() async throws -> URL {
        let fixture = try await CatalogFixture()
        for (id, text) in texts.sorted(by: { $0.key < $1.key }) {
            _ = try await fixture.catalog.commit([version(id, text: text)], model: "m", in: fixture.a)
        }
        _ = try await fixture.catalog.createKey(for: fixture.a.tenant, name: "k", permissions: [.read])
        try fixture.catalog.close()
        return fixture.folder.appending(path: "catalog.sqlite")
    }

    static func changed(_ file: URL, _ change: (inout Data) -> Void) throws -> URL {
        var bytes = try Data(contentsOf: file)
        change(&bytes)
        let copy = try TestPaths.scratch("changed").appending(path: "catalog.sqlite")
        try bytes.write(to: copy)
        return copy
    }

    @Test func aSoundCatalogIsFoundSound() async throws {
        let check = try CatalogCheck(file: try await Self.filled())
        #expect(check.isSound && check.hasChecksums && check.documents == 30 && check.passages == 60 && check.tenants == 2, "\(check)")
    }

    /// A changed byte anywhere: every read returns what was written or an error with its own code, and verify reports the damage.
    @Test(arguments: [1, 2, 3]) func noReadGivesAnythingElseThanWasWritten(seed: UInt64) async throws {
        let file = try await Self.filled()
        var rng = SplitMix64(seed: seed)
        let size = try Data(contentsOf: file).count
        var refused = 0
        for _ in 0..<20 {
            let place = Int.random(in: 0..<size, using: &rng)
            let mask = UInt8.random(in: 1...255, using: &rng)
            let copy = try Self.changed(file) { $0[place] ^= mask }
            #expect(try !CatalogCheck(file: copy).isSound, "seed \(seed), byte \(place)")
            do {
                let catalog = try CatalogStore(file: copy)
                let scope = try #require(try await catalog.scope(of: .test("a")))
                for (id, text) in Self.texts {
                    do { #expect(try await catalog.documentWithText(.test(id), in: scope).text == text, "byte \(place)") } catch {
                        #expect((error as? CatalogError)?.code == .damaged, "byte \(place): \(error)")
                        refused += 1
                    }
                }
                try catalog.close()
            } catch let error as CatalogError {
                #expect(error.code == .damaged || error.code == .unusable, "byte \(place): \(error)")
                refused += 1
            }
        }
        #expect(refused > 0, "seed \(seed): no damaged data was read")
    }

    @Test func verifyNamesTheDocument() async throws {
        let file = try await Self.filled()
        let bytes = try Data(contentsOf: file)
        let place = try #require(bytes.range(of: Data("document 29. words".utf8))).lowerBound
        let copy = try Self.changed(file) { $0[place] ^= 1 }
        let findings = try CatalogCheck(file: copy).findings
        #expect(findings.contains { $0.kind == .page && $0.detail.contains("page \(place / 4096 + 1) ") }, "\(findings)")
        #expect(findings.contains { $0.kind == .row && $0.detail.contains("document d29 of tenant a") }, "\(findings)")
    }

    @Test func aDamagedReadIsTold() async throws {
        let file = try await Self.filled()
        let notices = Notices()
        // In its passages and in its text.
        let copy = try Self.changed(file) { bytes in
            while let place = bytes.range(of: Data("document 29. words".utf8)) { bytes[place.lowerBound] ^= 1 }
        }
        let catalog = try CatalogStore(file: copy, report: notices.take)
        let scope = try #require(try await catalog.scope(of: .test("a")))
        let error = await #expect(throws: CatalogError.self) { try await catalog.documentWithText(.test("d29"), in: scope) }
        #expect(error?.code == .damaged && notices.all.map { $0.facts["code"] } == ["catalog_damaged"], "\(notices.all)")
        #expect(try await catalog.documentWithText(.test("d1"), in: scope).text == Self.texts["d1"])
        try catalog.close()
    }

    /// A copy made by SQLite's own tools has another change counter and checksums that do not match its pages.
    @Test func whatAnotherProgramCopiedIsTakenOver() async throws {
        let file = try await Self.filled()
        let copy = try Self.changed(file) { bytes in
            bytes[27] &+= 1
            bytes[43] &+= 1
            for page in 3...12 { bytes[page * 4096 - 8] ^= 0xFF }
        }
        let check = try CatalogCheck(file: copy)
        #expect(check.isSound && !check.hasChecksums, "\(check)")
        let notices = Notices()
        let catalog = try CatalogStore(file: copy, report: notices.take)
        #expect(notices.all.map(\.level) == [.warning])
        let scope = try #require(try await catalog.scope(of: .test("a")))
        for (id, text) in Self.texts { #expect(try await catalog.documentWithText(.test(id), in: scope).text == text) }
        try catalog.close()
        #expect(try CatalogCheck(file: copy).hasChecksums)
    }

    /// Written by version 0.1.0, before pages had checksums.
    @Test func anOlderCatalogGetsChecksums() async throws {
        let old = TestPaths.repository.appending(path: "Tests/Fixtures/catalog-0.1.0.sqlite")
        let copy = try Self.changed(old) { _ in }
        #expect(try CatalogCheck(file: copy).isSound)
        let notices = Notices()
        let catalog = try CatalogStore(file: copy, report: notices.take)
        #expect(notices.all.map(\.level) == [.warning])
        let scope = try #require(try await catalog.scope(of: .test("old")))
        #expect(try await catalog.documentWithText(.test("note.txt"), in: scope).text.contains("lighthouse"))
        #expect(try await catalog.position(in: scope).sequence == 1)
        #expect(try await catalog.position(in: scope).lineage != 0)
        try catalog.close()
        let check = try CatalogCheck(file: copy)
        #expect(check.isSound && check.hasChecksums && check.documents == 1, "\(check)")
    }

    @Test func whatIsNoCatalogIsRefused() throws {
        let folder = try TestPaths.scratch("none")
        let file = folder.appending(path: "catalog.sqlite")
        #expect(throws: CatalogError.self) { try CatalogCheck(file: file) }
        try Data("no database at all, whatever its name says. ".utf8).write(to: file)
        #expect(throws: CatalogError.self) { try CatalogCheck(file: file) }
        #expect(throws: CatalogError.self) { try CatalogBackup.restore(file, to: folder.appending(path: "restored.sqlite")) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["catalog.sqlite"])
    }
}
