import Gzip
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct GzipTests {
    /// Text with repetitions, and bytes without any.
    private static func content(_ count: Int, _ rng: inout SplitMix64) -> [UInt8] {
        let words = ["heron ", "river ", "{\"text\":\"", "stands\n"].map { Array($0.utf8) }
        var bytes: [UInt8] = []
        while bytes.count < count {
            bytes += Bool.random(using: &rng) ? words.randomElement(using: &rng) ?? [] : [UInt8.random(in: 0...255, using: &rng)]
        }
        return bytes
    }

    @Test(arguments: [0, 1, 2, 100, 4096, 70_000, 300_000]) func whatIsCompressedIsDecoded(count: Int) throws {
        var rng = SplitMix64(seed: UInt64(count))
        let bytes = Self.content(count, &rng)
        for (part, space) in [(Int.max, 1 << 20), (1000, 64), (1, 4096), (64 << 10, 1)] where count * 64 / space < 5_000_000 {
            let coded = try gzipped(bytes, part: part, space: max(space, 16))
            #expect(try inflated(coded, part: part, space: space) == bytes, "parts of \(part), space of \(space)")
        }
    }

    @Test func aPauseMakesAllBytesSoFarReadable() throws {
        let event = Array("data: {\"text\":\"a heron\"}\n\n".utf8)
        let coded = try gzipped(event + event, part: event.count, pauses: true)
        // Without the trailer and the last block the content is there, but the end is missing.
        let inflater = Inflater(.gzip)
        var output = [UInt8](repeating: 0, count: 200)
        let step = try coded.dropLast(10).withUnsafeBytes { source in
            try output.withUnsafeMutableBytes { try inflater.decode(source, into: $0) }
        }
        #expect(Array(output[..<step.written]) == event + event)
        #expect(throws: CodingError.truncated) { try inflater.finish() }
    }

    @Test func aStreamMayHaveSeveralMembersAndZerosAfterThem() throws {
        let (a, b) = (Array("first ".utf8), Array("second".utf8))
        let members = try gzipped(a) + gzipped([]) + gzipped(b)
        for part in [Int.max, 1, 7] {
            #expect(try inflated(members, part: part) == a + b)
            #expect(try inflated(members + [0, 0, 0], part: part) == a + b)
        }
        #expect(throws: CodingError.corrupt) { try inflated(members + [1]) }
        #expect(throws: CodingError.corrupt) { try inflated(members + [0, 0] + gzipped(a)) }
        #expect(throws: CodingError.corrupt) { try inflated([0] + members) }
        #expect(throws: CodingError.truncated) { try inflated(members + [0x1F]) }
    }

    @Test func noDataIsEmptyData() throws {
        #expect(try inflated([]) == [])
        #expect(try inflated([], .deflate) == [])
    }

    /// Of `zlib.compress(b"herons stand")` in Python, and the same without zlib's envelope.
    @Test func deflateHasAnEnvelopeOrNone() throws {
        let raw: [UInt8] = [0xCB, 0x48, 0x2D, 0xCA, 0xCF, 0x2B, 0x56, 0x28, 0x2E, 0x49, 0xCC, 0x4B, 0x01, 0x00]
        let checksum: [UInt8] = [0x1F, 0x65, 0x04, 0xCA]
        let text = Array("herons stand".utf8)
        for part in [Int.max, 1] {
            #expect(try inflated([0x78, 0x9C] + raw + checksum, .deflate, part: part) == text)
            #expect(try inflated(raw, .deflate, part: part) == text)
        }
        #expect(throws: CodingError.corrupt) { try inflated([0x78, 0x9C] + raw + [0, 0, 0, 0], .deflate) }
        #expect(throws: CodingError.corrupt) { try inflated(raw + raw, .deflate) }
        #expect(throws: CodingError.truncated) { try inflated(raw.dropLast(), .deflate) }
    }

    @Test func everyTruncationIsFound() throws {
        var rng = SplitMix64(seed: 3)
        let coded = try gzipped(Self.content(2000, &rng))
        for count in 1..<coded.count { #expect(throws: CodingError.truncated) { try inflated(Array(coded[..<count])) } }
    }

    @Test(arguments: 0..<200 as Range<UInt64>) func changedBytesDecodeToTheSameOrNotAtAll(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        let bytes = Self.content(Int.random(in: 0...3000, using: &rng), &rng)
        var coded = try gzipped(bytes)
        let place = Int.random(in: coded.indices, using: &rng)
        coded[place] ^= UInt8(1) << UInt8.random(in: 0...7, using: &rng)
        // The header's time, system and flags are not protected by the checksum.
        if let result = try? inflated(coded, part: Int.random(in: 1...500, using: &rng)) { #expect(result == bytes, "seed \(seed)") }
    }

    @Test(arguments: 0..<100 as Range<UInt64>) func noiseIsRefused(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        let noise = (0..<Int.random(in: 1...200, using: &rng)).map { _ in UInt8.random(in: 0...255, using: &rng) }
        #expect(throws: CodingError.self) { try inflated(noise) }
        _ = try? inflated(noise, .deflate)
    }
}
