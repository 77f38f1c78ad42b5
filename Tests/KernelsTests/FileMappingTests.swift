import Foundation
import Kernels
import TestSupport
import Testing

@Suite struct FileMappingTests {
    private static let dimension = 96
    private static let stride = dimension * 4 + 8
    private static let header = 64
    private static let rows = 400

    /// Maps a file of `rows` vectors; `body` gets the mapping, the vectors, and the file.
    private func withMapping(_ body: (FileMapping, [[Float]], FileHandle) throws -> Void) throws {
        var rng = SplitMix64(seed: 12)
        let vectors = (0..<Self.rows).map { _ in randomVector(Self.dimension, &rng) }
        var bytes = Data(count: Self.header)
        for vector in vectors {
            vector.withUnsafeBytes { bytes.append(contentsOf: $0) }
            bytes.append(Data(count: 8))
        }
        let file = try TestPaths.scratch("mapped").appending(path: "rows")
        try bytes.write(to: file)
        let handle = try FileHandle(forUpdating: file)
        defer { try? handle.close() }
        let mapping = try FileMapping(path: file.path)
        #expect(mapping.count == bytes.count)
        try body(mapping, vectors, handle)
    }

    private func scores(_ mapping: FileMapping, _ query: [Float], _ rows: [UInt32]) -> [Float]? {
        mapping.dotProducts(query, offset: Self.header, stride: Self.stride, rows: rows)
    }

    private func error(mapping url: URL, limit: Int = .max) -> FileMappingError? {
        do throws(FileMappingError) {
            _ = try FileMapping(path: url.path, limit: limit)
            return nil
        } catch {
            return error
        }
    }

    @Test func scoresAreDotProducts() throws {
        try withMapping { mapping, vectors, _ in
            let rows: [UInt32] = [399, 0, 17, 17, 256]
            let query = vectors[5]
            let wanted = rows.map { row in
                let vector = vectors[Int(row)]
                return dot(query.span, vector.span)
            }
            #expect(scores(mapping, query, rows) == wanted)
            #expect(scores(mapping, query, []) == [])
            #expect(scores(mapping, query, [400]) == nil)
        }
    }

    @Test func rangesAreCopied() throws {
        try withMapping { mapping, vectors, _ in
            #expect(mapping.floats(at: Self.header + 3 * Self.stride, count: Self.dimension) == vectors[3])
            #expect(mapping.bytes(at: 0, count: Self.header) == [UInt8](repeating: 0, count: Self.header))
            #expect(mapping.bytes(at: mapping.count, count: 0) == [])
            for (offset, count) in [(-1, 1), (0, -1), (mapping.count, 1), (1, mapping.count), (.max, 1), (1, .max)] {
                #expect(mapping.bytes(at: offset, count: count) == nil, "\(count) bytes at \(offset)")
            }
        }
    }

    /// The rows of an embedding table that is read in place are those of a copy of it.
    @Test func mappedTableEmbedsLikeACopy() throws {
        try withMapping { mapping, vectors, file in
            let rows = mapping.count / 16 - Self.header / 16
            let copy = try #require(mapping.floats(at: Self.header, count: 4 * rows))
            let tables = [EmbeddingTable.mapped(mapping, offset: Self.header, rows: rows), .float32(copy)]
            let ids = [0, 7, 7, Int32(rows) - 1]
            let results = tables.map { embedded(ids, $0) }
            #expect(results[0] == results[1] && Set(results[0] ?? []).count > 8)
            try file.truncate(atOffset: 8 << 10)
            #expect(embedded(ids, tables[0]) == nil)
            #expect(embedded([0, 7, 7], tables[0]) != nil)
        }
    }

    /// Embeds rows of four columns; returns `nil` if the table's file was truncated.
    private func embedded(_ ids: [Int32], _ table: EmbeddingTable) -> [Float]? {
        let position = (0..<4 * ids.count).map { Float($0 % 5) }
        let (type, scale, shift): ([Float], [Float], [Float]) = ([1, 0, 2, 1], [1, 2, 3, 4], [0, 0, 1, 1])
        var out = [Float](repeating: 0, count: 4 * ids.count)
        var span = out.mutableSpan
        let isWhole = table.embedTokens(
            ids.span, position: position.span, type: type.span, scale: scale.span, shift: shift.span, epsilon: 1e-6, into: &span, row: 0)
        return isWhole ? out : nil
    }

    @Test func whatIsNoFileOrTooLargeIsAnError() throws {
        let folder = try TestPaths.scratch("mapped")
        let (empty, pipe) = (folder.appending(path: "empty"), folder.appending(path: "pipe"))
        #expect(error(mapping: folder.appending(path: "absent")) == .missing)
        #expect(error(mapping: folder) == .notRegular)
        try #require(mkfifo(pipe.path, 0o600) == 0)
        #expect(error(mapping: pipe) == .notRegular)
        try Data().write(to: empty)
        #expect(error(mapping: empty.appending(path: "below a file")) == .missing)
        let mapping = try FileMapping(path: empty.path, limit: 0)
        #expect(mapping.count == 0 && mapping.bytes(at: 0, count: 0) == [] && mapping.bytes(at: 0, count: 1) == nil)
        mapping.prefetch()
        try Data(count: 9).write(to: empty)
        #expect(error(mapping: empty, limit: 8) == .tooLarge(9, limit: 8))
        #expect(error(mapping: empty, limit: 9) == nil)
    }

    @Test func releasedPagesAreReadAgain() throws {
        try withMapping { mapping, vectors, _ in
            mapping.prefetch()
            for _ in 0..<2 {
                #expect(mapping.floats(at: Self.header + 399 * Self.stride, count: Self.dimension) == vectors[399])
                mapping.releasePages()
            }
        }
    }

    /// On several threads concurrently, and repeatedly: each thread returns to its own jump point.
    @Test func readingATruncatedFileReturnsNil() throws {
        try withMapping { mapping, vectors, file in
            try file.truncate(atOffset: 16 << 10)
            DispatchQueue.concurrentPerform(iterations: 200) { round in
                let isThere = round % 2 == 0
                #expect((scores(mapping, vectors[1], [0, isThere ? 1 : 399]) != nil) == isThere)
                #expect((mapping.bytes(at: isThere ? 0 : mapping.count - 100, count: 100) != nil) == isThere)
            }
        }
    }

    /// An unrelated signal still ends the process.
    @Test func otherAccessesPastTheEndStillEndTheProcess() async {
        await #expect(processExitsWith: .signal(SIGBUS)) {
            let tests = FileMappingTests()
            try tests.withMapping { mapping, vectors, file in
                let bytes = mmap(nil, mapping.count, PROT_READ, MAP_PRIVATE, file.fileDescriptor, 0)
                try file.truncate(atOffset: 0)
                guard tests.scores(mapping, vectors[1], [0]) == nil, let bytes, bytes != MAP_FAILED else { exit(0) }
                print(bytes.load(fromByteOffset: 9_000, as: UInt8.self))
            }
        }
    }
}
