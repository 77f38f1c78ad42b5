import Foundation
import Index
import TestSupport
import Testing

/// Snapshots that are corrupt, truncated, spliced, or forged with correct checksums.
@Suite struct SnapshotFuzzTests {
    private static let dimension = 8

    private static var options: IndexOptions {
        var options = IndexOptions()
        (options.graphThreshold, options.graphSearchEf, options.recallTarget) = (24, 8, 0)
        return options
    }

    private func snapshot(rows: Int, seed: UInt64) throws -> (bytes: [UInt8], rowFile: (name: String, bytes: Data)) {
        let folder = try TestPaths.scratch("fuzz")
        let index = openIndex(folder, dimension: Self.dimension, Self.options).index
        var rng = SplitMix64(seed: seed)
        let entries = (0..<rows).map { chunk in
            entry(
                Int64(chunk), document: Int64(chunk / 2), text: "w\(chunk % 7)x w\(chunk % 5)x word", title: "title",
                unit(randomVector(Self.dimension, &rng)))
        }
        try index.apply(removingDocuments: [], adding: entries, sequence: 7)
        try index.apply(removingDocuments: [1], adding: [], sequence: 8)
        index.maintain()
        try index.saveSnapshot()
        let name = try #require(
            try FileManager.default.contentsOfDirectory(atPath: folder.path).first { $0.hasPrefix(RowFormat.prefix) })
        return (
            [UInt8](try Data(contentsOf: folder.appending(path: SnapshotFormat.fileName))),
            (name, try Data(contentsOf: folder.appending(path: name)))
        )
    }

    /// Expects that an opened index can be searched, changed and saved.
    private func use(_ folder: URL) throws {
        let (index, _) = openIndex(folder, dimension: Self.dimension, Self.options)
        let query = unit([1, -1, 1, -1, 1, -1, 1, -1])
        _ = try index.searchDense(query, limit: 5, allowed: nil)
        _ = try index.searchDense(query, limit: 5, allowed: [0, 2, 1 << 40])
        _ = index.searchLexical("w1x \"w2x word\" wor*", limit: 5, allowed: nil)
        _ = try? index.apply(removingDocuments: [2], adding: [entry(5, text: "new", query)], sequence: .max)
        index.maintain()
        _ = index.searchLexical("new title", limit: 5, allowed: nil)
    }

    @Test func everySnapshotIsReadOrRebuilt() throws {
        let fuzzing = Fuzzing("snapshot", share: 0.2)
        let (small, large) = (try snapshot(rows: 6, seed: 1), try snapshot(rows: 40, seed: 2))
        let scratch = try TestPaths.scratch("fuzz")
        let file = scratch.appending(path: SnapshotFormat.fileName)
        var random = SplitMix64(seed: fuzzing.seed)
        try fuzzing.run(corpus: [small.bytes, large.bytes], tokens: [], maximumBytes: 1 << 16) { input, number in
            var bytes = input
            if number % 4 != 0 {
                var forged = ForgedSnapshot(number % 2 == 0 ? small.bytes : large.bytes)
                for _ in 0..<Int.random(in: 1...3, using: &random) { forged.damage(&random) }
                bytes = forged.signed()
            }
            try Data(bytes).write(to: file)
            for rows in [small.rowFile, large.rowFile] { try rows.bytes.write(to: scratch.appending(path: rows.name)) }
            try use(scratch)
        }
    }
}
