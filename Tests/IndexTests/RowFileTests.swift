import Foundation
import Index
import Kernels
import TestSupport
import Testing

/// The file of float32 rows next to the snapshot: its contents, and what happens when it is corrupt.
@Suite(.timeLimit(.minutes(10))) struct RowFileTests {
    private static let dimension = 24
    private static let recordBytes = dimension * 4 + 8

    private func savedIndex(_ count: Int = 400) throws -> (folder: URL, index: CollectionIndex, vectors: [[Float]]) {
        let folder = try TestPaths.scratch("index")
        let index = openIndex(folder, dimension: Self.dimension).index
        let vectors = clusteredVectors(count, dimension: Self.dimension, clusters: 9, seed: 71)
        try index.apply(removingDocuments: [], adding: vectors.indices.map { entry(Int64($0), vectors[$0]) }, sequence: 1)
        try index.saveSnapshot()
        return (folder, index, vectors)
    }

    private func rowFiles(_ folder: URL) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix(RowFormat.prefix) }
            .map { folder.appending(path: $0) }
    }

    @Test func rowsAreInTheFileAsDescribed() throws {
        let (folder, _, vectors) = try savedIndex(3)
        let bytes = [UInt8](try Data(contentsOf: try #require(try rowFiles(folder).first)))
        #expect(bytes.count == RowFormat.headerBytes + 3 * Self.recordBytes)
        for (row, vector) in vectors.enumerated() {
            let start = RowFormat.headerBytes + row * Self.recordBytes
            let stored = bytes[start..<start + Self.dimension * 4]
            #expect(Array(stored) == vector.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } })
        }
    }

    /// A corrupt row is detected when it is first read, and its score is never returned.
    @Test(arguments: 0..<6) func aDamagedRowIsAnErrorAndNeverAnAnswer(seed: Int) throws {
        var rng = SplitMix64(seed: UInt64(seed))
        let (folder, _, vectors) = try savedIndex()
        let file = try #require(try rowFiles(folder).first)
        var bytes = [UInt8](try Data(contentsOf: file))
        let damaged = Int.random(in: 0..<vectors.count, using: &rng)
        let at = RowFormat.headerBytes + damaged * Self.recordBytes + Int.random(in: 0..<Self.recordBytes, using: &rng)
        bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &rng)
        try Data(bytes).write(to: file)

        #expect(CollectionIndex.verify(folder: folder, identity: "test-model", dimension: Self.dimension).isDefective)
        let (index, recovery) = openIndex(folder, dimension: Self.dimension)
        #expect(recovery == .loaded(sequence: 1))
        let far = (0..<vectors.count).min { cosine(vectors[$0], vectors[damaged]) < cosine(vectors[$1], vectors[damaged]) }!
        #expect(try index.searchDense(vectors[far], limit: 3, allowed: nil).first?.chunk == Int64(far))
        #expect(!index.isCorrupt)
        #expect { try index.searchDense(vectors[damaged], limit: 3, allowed: nil) } throws: { ($0 as? IndexError)?.code == .damaged }
        #expect { try index.cosineScores(vectors[far], chunks: [Int64(damaged)]) } throws: { ($0 as? IndexError)?.code == .damaged }
        #expect(index.isCorrupt)
        try index.apply(removingDocuments: [Int64(far)], adding: [], sequence: 2)
        #expect { try index.compact() } throws: { ($0 as? IndexError)?.code == .damaged }

        CollectionIndex.removeFiles(in: folder)
        #expect(openIndex(folder, dimension: Self.dimension).recovery == .empty)
    }

    @Test func aShortOrMissingOrStrangeFileIsARebuild() throws {
        for damage in ["short", "missing", "other", "folder"] {
            let (folder, _, _) = try savedIndex()
            let file = try #require(try rowFiles(folder).first)
            let bytes = try Data(contentsOf: file)
            try FileManager.default.removeItem(at: file)
            switch damage {
            case "short": try bytes.dropLast().write(to: file)
            case "other": try (bytes.prefix(12) + [99] + bytes.dropFirst(13)).write(to: file)
            case "folder": try FileManager.default.createDirectory(at: file, withIntermediateDirectories: true)
            default: break
            }
            #expect(CollectionIndex.verify(folder: folder, identity: "test-model", dimension: Self.dimension).isDefective, "\(damage)")
            guard case .rebuild = openIndex(folder, dimension: Self.dimension).recovery else {
                Issue.record("\(damage)")
                continue
            }
        }
    }

    /// Another program truncates mapped rows: the process continues, and reports the index as corrupt.
    @Test(arguments: [false, true]) func rowsCutOffUnderAnOpenIndexAreDamage(wereRead: Bool) throws {
        let (folder, _, vectors) = try savedIndex(4_000)
        let index = openIndex(folder, dimension: Self.dimension).index
        let chunks = vectors.indices.map { Int64($0) }
        if wereRead { _ = try index.cosineScores(vectors[0], chunks: chunks) }
        let file = try FileHandle(forWritingTo: try #require(try rowFiles(folder).first))
        defer { try? file.close() }
        // Whole pages have to be removed: the system fills the rest of a partial last page with zeros.
        try file.truncate(atOffset: 64 << 10)

        #expect { try index.searchDense(vectors[3_999], limit: 3, allowed: nil) } throws: { ($0 as? IndexError)?.code == .damaged }
        #expect(index.isCorrupt)
        #expect { try index.cosineScores(vectors[0], chunks: chunks) } throws: { ($0 as? IndexError)?.code == .damaged }
        #expect { try index.read { view in try view.vectors(of: [3_999]) } } throws: { ($0 as? IndexError)?.code == .damaged }
        #expect { try index.compact() } throws: { ($0 as? IndexError)?.code == .damaged }
        #expect(try index.cosineScores(vectors[3], chunks: [3])[0]! > 0.999)
    }

    /// Rows appended after the truncation would leave zeros before them.
    @Test func nothingIsAppendedToRowsThatWereCutOff() throws {
        let (folder, index, vectors) = try savedIndex()
        let file = try FileHandle(forWritingTo: try #require(try rowFiles(folder).first))
        defer { try? file.close() }
        let length = RowFormat.headerBytes + 100 * Self.recordBytes
        try file.truncate(atOffset: UInt64(length))
        try index.apply(removingDocuments: [], adding: [entry(9_999, vectors[0])], sequence: 2)
        #expect { try index.saveSnapshot() } throws: { ($0 as? IndexError)?.code == .damaged }
        #expect(try file.seekToEnd() == UInt64(length))
    }

    /// As after a crash: rows written after the snapshot are truncated, since the catalog supplies them again.
    @Test func rowsAfterTheSnapshotAreCutOff() throws {
        let (folder, index, vectors) = try savedIndex()
        let file = try #require(try rowFiles(folder).first)
        let length = try Data(contentsOf: file).count
        let more = clusteredVectors(6_000, dimension: Self.dimension, clusters: 9, seed: 72)
        try index.apply(removingDocuments: [], adding: more.indices.map { entry(Int64(1_000 + $0), more[$0]) }, sequence: 2)
        #expect(try Data(contentsOf: file).count > length, "more rows than are buffered in memory")
        index.stopMaintenance()

        let reopened = openIndex(folder, dimension: Self.dimension).index
        #expect(try Data(contentsOf: file).count == length)
        #expect(reopened.statistics.chunks == vectors.count)
        try reopened.apply(removingDocuments: [], adding: [entry(1_000, more[5_999])], sequence: 2)
        try reopened.saveSnapshot()
        let again = openIndex(folder, dimension: Self.dimension).index
        #expect(try again.cosineScores(more[5_999], chunks: [1_000])[0]! > 0.999)
        #expect(CollectionIndex.verify(folder: folder, identity: "test-model", dimension: Self.dimension).isSound)
    }

    @Test func aFolderDeletedUnderAnOpenIndexIsWrittenAgain() throws {
        let (folder, index, vectors) = try savedIndex()
        try FileManager.default.removeItem(at: folder)
        let vector = unit([Float](repeating: 1, count: Self.dimension))
        try index.apply(removingDocuments: [], adding: [entry(9_999, vector)], sequence: 2)
        #expect(try index.searchDense(vectors[7], limit: 1, allowed: nil).map(\.chunk) == [7])
        try index.saveSnapshot()
        let (reopened, recovery) = openIndex(folder, dimension: Self.dimension)
        #expect(recovery == .loaded(sequence: 2))
        #expect(try reopened.searchDense(vectors[7], limit: 1, allowed: nil).map(\.chunk) == [7])
        #expect(try reopened.searchDense(vector, limit: 1, allowed: nil).map(\.chunk) == [9_999])
    }

    @Test func whatIsDeletedIsInNoFileAfterCompaction() throws {
        let folder = try TestPaths.scratch("index")
        var options = IndexOptions()
        options.graphThreshold = 100
        let index = openIndex(folder, dimension: Self.dimension, options).index
        let vectors = clusteredVectors(3_000, dimension: Self.dimension, clusters: 9, seed: 73)
        let entries = vectors.indices.map { entry(Int64($0), text: "plain word\($0)", title: "Title\($0 % 7)", vectors[$0]) }
        try index.apply(removingDocuments: [], adding: entries, sequence: 1)
        let secret = unit((0..<Self.dimension).map { Float($0 % 5) - 1.7 })
        try index.apply(
            removingDocuments: [],
            adding: [entry(50_000, text: "zyzzyva quokkaberg plain", title: "Numbatville", secret)], sequence: 2)
        index.maintain()
        try index.saveSnapshot()
        let words = ["zyzzyva", "quokkaberg", "numbatvil"].map { Array($0.utf8) }
        let row = secret.prefix(4).flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } }
        let code = Array(Int8Code.encode(secret.span).prefix(Self.dimension))
        for needle in words + [row, code] { #expect(try filesWith(needle, in: folder) > 0, "the search for bytes must work") }

        try index.apply(removingDocuments: [50_000], adding: [], sequence: 3)
        #expect(try index.searchDense(secret, limit: 5, allowed: nil).allSatisfy { $0.chunk != 50_000 })
        #expect(index.searchLexical("zyzzyva numbatville", limit: 5, allowed: nil).isEmpty)
        #expect(try index.compact() == 1)
        for needle in words + [row, code] { #expect(try filesWith(needle, in: folder) == 0) }
        #expect(openIndex(folder, dimension: Self.dimension, options).recovery == .loaded(sequence: 3))
        for needle in words + [row, code] { #expect(try filesWith(needle, in: folder) == 0) }
    }

    private func filesWith(_ needle: [UInt8], in folder: URL) throws -> Int {
        try FileManager.default.subpathsOfDirectory(atPath: folder.path).count { name in
            try Data(contentsOf: folder.appending(path: name)).range(of: Data(needle)) != nil
        }
    }
}

extension IndexVerification {
    var isSound: Bool { if case .sound = self { true } else { false } }
    var isDefective: Bool { if case .defective = self { true } else { false } }
}
