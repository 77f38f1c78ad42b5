import Foundation
import Index
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct SnapshotTests {
    private static let dimension = 8

    private static var options: IndexOptions {
        var options = IndexOptions()
        (options.graphThreshold, options.graphSearchEf, options.recallTarget) = (100, 8, 0)
        return options
    }

    /// A small index with a graph, deleted rows and words, saved in a folder.
    private func savedIndex() throws -> (folder: URL, index: CollectionIndex) {
        let folder = try TestPaths.scratch("index")
        let index = openIndex(folder, dimension: Self.dimension, Self.options).index
        var rng = SplitMix64(seed: 4)
        let entries = (0..<150).map { chunk in
            entry(
                Int64(chunk), document: Int64(chunk / 2), text: randomText(12, vocabulary: 60, &rng),
                unit(randomVector(Self.dimension, &rng)))
        }
        try index.apply(removingDocuments: [], adding: entries, sequence: 41)
        try index.apply(removingDocuments: [3, 9, 20], adding: [], sequence: 42)
        index.maintain()
        try index.saveSnapshot()
        return (folder, index)
    }

    private struct Answers: Equatable {
        var dense: [[IndexHit]] = []
        var filtered: [[IndexHit]] = []
        var lexical: [[IndexHit]] = []
        var statistics: [Int] = []
    }

    private func answers(_ index: CollectionIndex) throws -> Answers {
        var rng = SplitMix64(seed: 5)
        var answers = Answers()
        for i in 0..<6 {
            let query = unit(randomVector(Self.dimension, &rng))
            answers.dense.append(try index.searchDense(query, limit: 5, allowed: nil))
            answers.filtered.append(try index.searchDense(query, limit: 5, allowed: Set((0..<40).map(Int64.init))))
            answers.lexical.append(index.searchLexical("w\(i)x w\(i * 7)x", limit: 20, allowed: nil))
        }
        let statistics = index.statistics
        answers.statistics = [statistics.chunks, statistics.documents, statistics.deletedRows, Int(statistics.sequence)]
        return answers
    }

    @Test func answersAreTheSameAfterReopening() throws {
        let (folder, index) = try savedIndex()
        let (reopened, recovery) = openIndex(folder, dimension: Self.dimension, Self.options)
        #expect(recovery == .loaded(sequence: 42))
        #expect(reopened.statistics.mode == .graph)
        #expect(try answers(reopened) == answers(index))
        try reopened.saveSnapshot()
        #expect(try answers(openIndex(folder, dimension: Self.dimension, Self.options).index) == answers(index))
    }

    @Test func rowsAddedAfterASnapshotFollowTheMappedOnes() throws {
        let (folder, _) = try savedIndex()
        let index = openIndex(folder, dimension: Self.dimension, Self.options).index
        let vector = unit([1, 1, 1, 1, 1, 1, 1, 1])
        try index.apply(removingDocuments: [], adding: [entry(900, text: "late", vector)], sequence: 43)
        try index.saveSnapshot()
        try index.apply(removingDocuments: [], adding: [entry(901, text: "later", vector)], sequence: 44)
        try index.saveSnapshot()
        let (reopened, recovery) = openIndex(folder, dimension: Self.dimension, Self.options)
        #expect(recovery == .loaded(sequence: 44))
        #expect(try reopened.searchDense(vector, limit: 2, allowed: nil).map(\.chunk) == [900, 901])
        #expect(try answers(reopened) == answers(index))
    }

    @Test func anotherModelOrDimensionIsARebuild() throws {
        let (folder, _) = try savedIndex()
        for (identity, dimension) in [("other", Self.dimension), ("test-model", 9), ("", Self.dimension)] {
            let (index, recovery) = openIndex(folder, identity: identity, dimension: dimension, Self.options)
            guard case .rebuild = recovery else {
                Issue.record("\(identity), \(dimension): \(recovery)")
                continue
            }
            #expect(index.statistics.chunks == 0)
            #expect(index.sequence == 0)
        }
    }

    /// An index that started empty because of an invalid file replaces that file.
    @Test func aBadFileIsReplacedByTheNextSnapshot() throws {
        let (folder, _) = try savedIndex()
        let file = folder.appending(path: SnapshotFormat.fileName)
        try Data("not an index".utf8).write(to: file)
        let (index, recovery) = openIndex(folder, dimension: Self.dimension)
        guard case .rebuild = recovery else { throw IndexError(.internal, "\(recovery)") }
        try index.apply(removingDocuments: [], adding: [entry(1, unit([1, 2, 3, 4, 5, 6, 7, 8]))], sequence: 3)
        try index.saveSnapshot()
        #expect(openIndex(folder, dimension: Self.dimension).recovery == .loaded(sequence: 3))
    }

    @Test func aFolderInThePlaceOfTheFileIsARebuild() throws {
        let folder = try TestPaths.scratch("index")
        let file = folder.appending(path: SnapshotFormat.fileName)
        try FileManager.default.createDirectory(at: file, withIntermediateDirectories: true)
        let (index, recovery) = openIndex(folder, dimension: 2)
        guard case .rebuild = recovery else { throw IndexError(.internal, "\(recovery)") }
        #expect { try index.saveSnapshot() } throws: { ($0 as? IndexError)?.code == .fileFailed }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).contains(SnapshotFormat.unfinishedName) == false)
    }

    /// Opens `bytes` as a snapshot of `rows`: it must be rejected, or give the same results as the original.
    private func expectRefusedOrSame(
        _ bytes: Data, rows: (name: String, bytes: Data), _ whole: Answers, in folder: URL, _ note: String
    ) throws {
        try bytes.write(to: folder.appending(path: SnapshotFormat.fileName))
        try rows.bytes.write(to: folder.appending(path: rows.name))
        let (index, recovery) = openIndex(folder, dimension: Self.dimension, Self.options)
        switch recovery {
        case .rebuild: #expect(index.statistics.chunks == 0 && index.sequence == 0, "\(note)")
        case .loaded: #expect(try answers(index) == whole, "\(note)")
        case .empty: Issue.record("\(note): treated as a missing file")
        }
    }

    /// The file of rows in `folder`.
    private func rows(_ folder: URL) throws -> (name: String, bytes: Data) {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix(RowFormat.prefix) }
        try #require(names.count == 1)
        return (names[0], try Data(contentsOf: folder.appending(path: names[0])))
    }

    @Test func truncatedAnywhereIsARebuild() throws {
        let (folder, index) = try savedIndex()
        let file = folder.appending(path: SnapshotFormat.fileName)
        let bytes = try Data(contentsOf: file)
        let rows = try rows(folder)
        let whole = try answers(index)
        let scratch = try TestPaths.scratch("index")
        for part in 0..<50 {
            let length = bytes.count * part / 50
            try expectRefusedOrSame(bytes.prefix(length), rows: rows, whole, in: scratch, "\(length) bytes")
            #expect(openIndex(scratch, dimension: Self.dimension, Self.options).index.statistics.chunks == 0, "\(length) bytes")
        }
        try expectRefusedOrSame(bytes.dropLast(), rows: rows, whole, in: scratch, "all but one byte")
        try expectRefusedOrSame(bytes + [0], rows: rows, whole, in: scratch, "one byte too many")
    }

    @Test(arguments: 0..<4) func flippedBitsAreARebuildOrChangeNothing(seed: Int) throws {
        let (folder, index) = try savedIndex()
        let bytes = try Data(contentsOf: folder.appending(path: SnapshotFormat.fileName))
        let (whole, rows) = (try answers(index), try rows(folder))
        let scratch = try TestPaths.scratch("index")
        var rng = SplitMix64(seed: UInt64(seed))
        for round in 0..<150 {
            var damaged = bytes
            // Every second time in the header and the table, where a few bits have a large effect.
            let end = round % 2 == 0 ? bytes.count : min(bytes.count, 640)
            for _ in 0..<Int.random(in: 1...3, using: &rng) {
                damaged[Int.random(in: 0..<end, using: &rng)] ^= 1 << UInt8.random(in: 0..<8, using: &rng)
            }
            try expectRefusedOrSame(damaged, rows: rows, whole, in: scratch, "seed \(seed), round \(round)")
        }
    }

    /// Changes numbers and recomputes every checksum: the reader must detect what a checksum cannot.
    @Test(arguments: 0..<4) func contradictionsUnderRightChecksumsDoNotTrap(seed: Int) throws {
        let (folder, _) = try savedIndex()
        let bytes = [UInt8](try Data(contentsOf: folder.appending(path: SnapshotFormat.fileName)))
        let rows = try rows(folder)
        let scratch = try TestPaths.scratch("index")
        var rng = SplitMix64(seed: UInt64(seed) + 50)
        var refused = 0
        for _ in 0..<150 {
            var forged = ForgedSnapshot(bytes)
            forged.damage(&rng)
            try Data(forged.signed()).write(to: scratch.appending(path: SnapshotFormat.fileName))
            try rows.bytes.write(to: scratch.appending(path: rows.name))
            let (index, recovery) = openIndex(scratch, dimension: Self.dimension, Self.options)
            if case .rebuild = recovery { refused += 1 }
            // Values may now be arbitrary; searching must still not trap.
            _ = try answers(index)
            _ = try? index.apply(removingDocuments: [1, 2], adding: [entry(5, unit([1, 2, 3, 4, 5, 6, 7, 8]))], sequence: .max)
            index.maintain()
            _ = try answers(index)
        }
        #expect(refused > 0)
    }
}

/// A snapshot whose sections can be changed and signed again.
struct ForgedSnapshot {
    private var bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private func number(_ at: Int, _ width: Int) -> UInt64 {
        (0..<width).reduce(0) { $0 | UInt64(bytes[at + $1]) << UInt64(8 * $1) }
    }

    private mutating func set(_ at: Int, _ width: Int, _ value: UInt64) {
        for i in 0..<width { bytes[at + i] = UInt8(truncatingIfNeeded: value >> UInt64(8 * i)) }
    }

    /// As many as the file claims and has room for, since earlier damage may have changed the number.
    private var sections: Int { min(Int(number(12, 4)), (bytes.count - 64) / 32) }

    /// Writes an extreme number into a random section, or into the header or the table.
    mutating func damage(_ rng: inout SplitMix64) {
        let hostile: [UInt64] = [0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 1 << 40, .max, .max - 63]
        let value = hostile[Int.random(in: 0..<hostile.count, using: &rng)]
        switch Int.random(in: 0..<6, using: &rng) {
        case 0:
            set([12, 16, 32, 40].randomElement(using: &rng)!, 4, value)
        case 1 where sections > 0:
            let entry = 64 + 32 * Int.random(in: 0..<sections, using: &rng)
            set(entry + [0, 8, 16].randomElement(using: &rng)!, 8, value)
        default:
            guard sections > 0 else { return }
            let entry = 64 + 32 * Int.random(in: 0..<sections, using: &rng)
            let (offset, length) = (Int(clamping: number(entry + 8, 8)), Int(clamping: number(entry + 16, 8)))
            guard length >= 4, length <= bytes.count, offset <= bytes.count - length else { return }
            set(offset + Int.random(in: 0..<length / 4, using: &rng) * 4, 4, value)
        }
    }

    /// The file with correct checksums, as far as its table can be parsed.
    func signed() -> [UInt8] {
        var copy = self
        let table = min(sections, 100) * 32
        guard 64 + table <= bytes.count else { return bytes }
        for entry in stride(from: 64, to: 64 + table, by: 32) {
            let (offset, length) = (number(entry + 8, 8), number(entry + 16, 8))
            guard length <= UInt64(bytes.count), offset <= UInt64(bytes.count) - length else { continue }
            let section = Array(bytes[Int(offset)..<Int(offset + length)])
            copy.set(entry + 24, 8, Checksum.of(section.span.bytes, seed: number(entry, 4)))
        }
        let head = Array(copy.bytes[0..<56] + copy.bytes[64..<64 + table])
        copy.set(56, 8, Checksum.of(head.span.bytes))
        return copy.bytes
    }
}
