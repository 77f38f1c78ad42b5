import Catalog
import Foundation
import JSON
import TestSupport
import Testing

/// Compares members found by skipping the others with the whole object as the parser returns it.
@Suite(.timeLimit(.minutes(10))) struct StoredMetadataTests {
    private static let keys = ["a", "b", "", "key", "ключ", "quo\"te", "back\\slash", "new\nline", "é", "e\u{301}", "x{y}", "[,]:"]

    private static func value(_ depth: Int, _ rng: inout SplitMix64) -> JSONValue {
        switch Int.random(in: 0...(depth > 3 ? 5 : 7), using: &rng) {
        case 0: .null
        case 1: .bool(Bool.random(using: &rng))
        case 2: .integer(Int64.random(in: .min ... .max, using: &rng))
        case 3: .number(Double.random(in: -1e30...1e30, using: &rng))
        case 4: .string(keys.randomElement(using: &rng) ?? "")
        case 5: .string(#"},{"a":1,"b":[2]}\"#)
        case 6: .array((0..<Int.random(in: 0...4, using: &rng)).map { _ in value(depth + 1, &rng) })
        default: .object(object(depth + 1, &rng))
        }
    }

    private static func object(_ depth: Int, _ rng: inout SplitMix64) -> JSONObject {
        var object = JSONObject()
        for _ in 0..<Int.random(in: 0...6, using: &rng) { object[keys.randomElement(using: &rng) ?? ""] = value(depth, &rng) }
        return object
    }

    @Test(arguments: 0..<200 as Range<UInt64>) func givesTheWantedMembers(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        let object = Self.object(0, &rng)
        let wanted = Self.keys.filter { _ in Bool.random(using: &rng) }
        let text = JSONValue.object(object).description
        let found = try #require(StoredMetadata.members(Set(wanted.map { Array($0.utf8) }), of: Data(text.utf8)), "seed \(seed)")
        // Keys are compared by bytes: the two forms of `é` are two keys.
        let whole = try #require(try JSONValue(parsing: Array(text.utf8)).objectValue)
        var expected = 0
        for (key, value) in whole where wanted.contains(where: { $0.utf8.elementsEqual(key.utf8) }) {
            #expect(found[key] == value, "seed \(seed): \(text)")
            expected += 1
        }
        #expect(found.count == expected, "seed \(seed): \(text)")
    }

    /// Bytes that are not an object are rejected or skipped; nothing is read past their end.
    @Test(arguments: 0..<100 as Range<UInt64>) func survivesBytesThatAreSomethingElse(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        var bytes = Array(JSONValue.object(Self.object(0, &rng)).description.utf8)
        for _ in 0..<Int.random(in: 1...4, using: &rng) {
            switch Int.random(in: 0...2, using: &rng) {
            case 0: bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &rng)))
            case 1: if !bytes.isEmpty { bytes[Int.random(in: 0..<bytes.count, using: &rng)] = UInt8.random(in: 0...255, using: &rng) }
            default:
                bytes.insert(Array(#"\"{}[],:"#.utf8).randomElement(using: &rng) ?? 0, at: Int.random(in: 0...bytes.count, using: &rng))
            }
        }
        _ = StoredMetadata.members([Array("a".utf8)], of: Data(bytes))
    }

    @Test func spacesAndEmptyObjectsAreFine() {
        #expect(StoredMetadata.members([Array("a".utf8)], of: Data(" { \"a\" : 1 , \"b\" : { } } ".utf8))?["a"] == 1)
        #expect(StoredMetadata.members([Array("a".utf8)], of: Data("{}".utf8))?.isEmpty == true)
        for text in ["", "[]", "1", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1}}", "{\"a\":1,}", "\"\\"] {
            #expect(StoredMetadata.members([Array("a".utf8)], of: Data(text.utf8)) == nil, "\(text)")
        }
    }

    /// More documents than fit on a page, some of them deleted.
    @Test func everyPageIsLookedAt() async throws {
        let fixture = try await CatalogFixture()
        let versions = (0..<1_300).map { version("d\($0)", chunks: 1, metadata: ["n": .init($0), "filler": ["n": 1]]) }
        _ = try await fixture.catalog.commit(versions, model: "m", in: fixture.a)
        for number in stride(from: 0, to: 1_300, by: 7) { _ = try await fixture.catalog.deleteDocument(.test("d\(number)"), in: fixture.a) }
        for bound in [0, 511, 512, 513, 1_299, 1_300] {
            let found = try await fixture.catalog.documents(matching: .compare(key: "n", .gte, .init(bound)), in: fixture.a)
            #expect(found.count == (bound..<1_300).count { $0 % 7 != 0 }, "\(bound)")
        }
        #expect(try await fixture.catalog.documents(matching: .compare(key: "n", .gte, 0), in: fixture.b).isEmpty)
    }

    @Test func aCancelledFilterEnds() async throws {
        let fixture = try await CatalogFixture()
        _ = try await fixture.catalog.commit((0..<10).map { version("d\($0)", chunks: 1) }, model: "m", in: fixture.a)
        let task = Task {
            await waitUntilCancelled()
            return try await fixture.catalog.documents(matching: .compare(key: "n", .ne, 0), in: fixture.a)
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
    }
}
