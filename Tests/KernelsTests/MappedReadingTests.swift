import Foundation
import Kernels
import TestSupport
import Testing

@Suite struct MappedReadingTests {
    private static let dimension = 96
    private static let stride = dimension * 4 + 8
    private static let header = 64
    private static let rows = 400

    /// Maps a file of `rows` vectors; `body` gets the mapping, the vectors, and a function that truncates the file.
    private func withMapping(
        _ body: (UnsafeRawBufferPointer, [[Float]], (Int) throws -> Void) throws -> Void
    ) throws {
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
        let mapping = mmap(nil, bytes.count, PROT_READ, MAP_PRIVATE, handle.fileDescriptor, 0)
        try #require(mapping != MAP_FAILED)
        defer { munmap(mapping, bytes.count) }
        try body(UnsafeRawBufferPointer(start: mapping, count: bytes.count), vectors) { try handle.truncate(atOffset: UInt64($0)) }
    }

    private func scores(_ bytes: UnsafeRawBufferPointer, _ query: [Float], _ rows: [UInt32]) -> [Float]? {
        var scores = [Float](repeating: 0, count: rows.count)
        var span = scores.mutableSpan
        let rest = UnsafeRawBufferPointer(rebasing: bytes[Self.header...])
        return dotMapped(query.span, rest, stride: Self.stride, rows: rows.span, into: &span) ? scores : nil
    }

    @Test func scoresAreDotProducts() throws {
        try withMapping { bytes, vectors, _ in
            let rows: [UInt32] = [399, 0, 17, 17, 256]
            let query = vectors[5]
            let wanted = rows.map { row in
                let vector = vectors[Int(row)]
                return dot(query.span, vector.span)
            }
            #expect(scores(bytes, vectors[5], rows) == wanted)
            #expect(scores(bytes, vectors[5], []) == [])
        }
    }

    @Test func bytesAreCopied() throws {
        try withMapping { bytes, vectors, _ in
            var copy = [Float](repeating: 0, count: Self.dimension)
            let row = UnsafeRawBufferPointer(
                rebasing: bytes[Self.header + 3 * Self.stride..<Self.header + 3 * Self.stride + 4 * Self.dimension])
            let isThere = copy.withUnsafeMutableBytes { copyMapped(row, to: $0) }
            #expect(isThere)
            #expect(copy == vectors[3])
        }
    }

    /// On several threads concurrently, and repeatedly: each thread returns to its own jump point.
    @Test func readingATruncatedFileReturnsFalse() throws {
        try withMapping { bytes, vectors, truncate in
            try truncate(16 << 10)
            nonisolated(unsafe) let bytes = bytes
            DispatchQueue.concurrentPerform(iterations: 200) { round in
                let isThere = round % 2 == 0
                #expect((scores(bytes, vectors[1], [0, isThere ? 1 : 399]) != nil) == isThere)
                var copy = [UInt8](repeating: 0, count: 100)
                let part = UnsafeRawBufferPointer(rebasing: bytes[isThere ? 0..<100 : bytes.count - 100..<bytes.count])
                let isCopied = copy.withUnsafeMutableBytes { copyMapped(part, to: $0) }
                #expect(isCopied == isThere)
            }
        }
    }

    /// An unrelated signal still ends the process.
    @Test func otherAccessesPastTheEndStillEndTheProcess() async {
        await #expect(processExitsWith: .failure) {
            try MappedReadingTests().withMapping { bytes, vectors, truncate in
                try truncate(0)
                #expect(MappedReadingTests().scores(bytes, vectors[1], [0]) == nil)
                print(bytes[9_000])
            }
        }
    }
}
