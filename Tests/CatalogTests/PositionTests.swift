@_spi(ScopeMinting) import Catalog
import Foundation
import Tenancy
import TestSupport
import Testing

/// Which positions a catalog recognises as its own when histories diverge.
@Suite(.timeLimit(.minutes(10))) struct PositionTests {
    private static func commit(_ ids: [String], _ catalog: CatalogStore, _ scope: TenantScope) async throws -> CatalogPosition {
        for id in ids { _ = try await catalog.commit([version(id)], model: "m", in: scope) }
        return try await catalog.position(in: scope)
    }

    private static func knows(_ position: CatalogPosition, _ catalog: CatalogStore, _ scope: TenantScope) throws -> Bool {
        try catalog.changes(after: position, limit: 100, model: "m", in: scope) != nil
    }

    @Test func positionsOfEarlierProcessesAreKnown() async throws {
        let fixture = try await CatalogFixture()
        var positions: [CatalogPosition] = [.start]
        var catalog = fixture.catalog
        for round in 0..<5 {
            positions.append(try await Self.commit(["a\(round)", "b\(round)"], catalog, fixture.a))
            _ = try await Self.commit(["c"], catalog, fixture.a)
            positions.append(try await catalog.position(in: fixture.a))
            try catalog.close()
            catalog = try fixture.reopened()
        }
        for position in positions { #expect(try Self.knows(position, catalog, fixture.a), "\(position)") }
        #expect(Set(positions.map(\.lineage)).count == 6)
        // Every intermediate position is recognised too.
        var place = CatalogPosition.start
        while let batch = try catalog.changes(after: place, limit: 1, model: "m", in: fixture.a) {
            place = batch.position
            if !batch.hasMore { break }
        }
        #expect(place == positions.last)
        try catalog.close()
    }

    /// A catalog restored to an earlier state does not recognise later positions, no matter how many changes follow.
    @Test func aHistoryThatPartedIsNotKnown() async throws {
        let fixture = try await CatalogFixture()
        let (file, copy) = (fixture.folder.appending(path: "catalog.sqlite"), fixture.folder.appending(path: "copy"))
        let common = try await Self.commit(["1", "2"], fixture.catalog, fixture.a)
        _ = try CatalogBackup.write(file, to: copy)
        let lost = try await Self.commit(["3", "4", "5"], fixture.catalog, fixture.a)
        try fixture.catalog.close()
        _ = try CatalogBackup.restore(copy, to: file)

        let catalog = try fixture.reopened()
        #expect(try Self.knows(common, catalog, fixture.a) && !Self.knows(lost, catalog, fixture.a))
        for id in ["x", "y", "z", "w"] {
            _ = try await Self.commit([id], catalog, fixture.a)
            #expect(try Self.knows(common, catalog, fixture.a) && !Self.knows(lost, catalog, fixture.a), "after \(id)")
        }
        #expect(try await catalog.position(in: fixture.a).sequence > lost.sequence)
        try catalog.close()
    }
}
