import JSON
import TestSupport
import Testing

@Suite struct JSONRoundTripTests {
    @Test(arguments: 0..<200 as Range<UInt64>) func whatIsWrittenReadsBackTheSame(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        let value = randomValue(depth: 5, &rng)
        let bytes = value.serialized()
        let again = try JSONValue(parsing: bytes)
        #expect(again == value, "seed \(seed)")
        #expect(again.serialized() == bytes, "seed \(seed): order and spelling")
        #expect(Set([value, again]).count == 1, "seed \(seed): equal values have equal hashes")
    }

    @Test(arguments: 0..<40 as Range<UInt64>) func brokenDocumentsAreErrorsOrValues(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        let bytes = JSONValue.object(["v": randomValue(depth: 4, &rng)]).serialized()
        for length in 0..<bytes.count {
            let error = #expect(throws: JSONError.self, "seed \(seed), cut at \(length)") {
                try JSONValue(parsing: bytes[..<length])
            }
            #expect((0...length).contains(error?.offset ?? -1))
        }
        for _ in 0..<500 {
            var flipped = bytes
            flipped[Int.random(in: bytes.indices, using: &rng)] ^= 1 << UInt8.random(in: 0..<8, using: &rng)
            do {
                let value = try JSONValue(parsing: flipped)
                #expect(try JSONValue(parsing: value.serialized()) == value, "seed \(seed)")
            } catch {
                #expect((0...flipped.count).contains(error.offset), "seed \(seed)")
            }
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func randomBytesAreNeverATrap(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        let alphabet = Array("{}[]\",:\\u0dé8-+.eE1tfn \n".utf8) + [0xFF, 0xC0]
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...24, using: &rng)).map { _ in alphabet.randomElement(using: &rng) ?? 0 }
            if let value = try? JSONValue(parsing: bytes) {
                #expect((try? JSONValue(parsing: value.serialized())) == value, "seed \(seed)")
            }
        }
    }

    /// Compares the parser's fast path for numbers with the standard library, which rounds correctly.
    @Test(arguments: 0..<20 as Range<UInt64>) func numbersAreRoundedCorrectly(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        for _ in 0..<2000 {
            let digits = (0..<Int.random(in: 1...20, using: &rng)).map { _ in String(Int.random(in: 0...9, using: &rng)) }.joined()
            let text = "-1.\(digits)e\(Int.random(in: -330...300, using: &rng))"
            #expect(try JSONValue(parsing: text).doubleValue == Double(text), "seed \(seed): \(text)")
            let double = Double(bitPattern: rng.next())
            guard double.isFinite else { continue }
            let back = try JSONValue(parsing: JSONValue.number(double).serialized())
            #expect(back.doubleValue?.bitPattern == double.bitPattern, "seed \(seed): \(double)")
        }
    }
}
