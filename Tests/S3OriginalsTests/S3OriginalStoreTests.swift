import Crypto
import Foundation
import Originals
import S3Originals
import TestSupport
import Testing
import Upstream

/// URL of an empty bucket.
private let bucket = ProcessInfo.processInfo.environment["CONTEXTD_TEST_S3"]

/// The store against moto's S3 server (`moto_server`), in a bucket that `CONTEXTD_TEST_S3` names. Skipped without it.
@Suite(.enabled(if: bucket != nil, "CONTEXTD_TEST_S3 names no bucket"), .serialized, .timeLimit(.minutes(5)))
struct S3OriginalStoreTests {
    private func withStore(prefix: String, _ body: (S3OriginalStore) async throws -> Void) async throws {
        let transport = UpstreamTransport()
        let store = S3OriginalStore(
            bucket: try BaseURL(try #require(bucket)), prefix: prefix, region: "us-east-1", keyID: "test",
            secret: try Secret("secret"), transport: transport)
        let result: Result<Void, any Error>
        do { result = .success(try await body(store)) } catch { result = .failure(error) }
        await transport.shutDown()
        try result.get()
    }

    private func key(_ owner: String, _ bytes: [UInt8]) throws -> OriginalKey {
        let digest = SHA256.hash(data: bytes).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        return try #require(OriginalKey(owner: owner, digest: digest))
    }

    @Test(arguments: ["", "files/of-contextd"]) func originalsAreStoredReadListedAndRemoved(prefix: String) async throws {
        try await withStore(prefix: prefix) { store in
            let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let large = try key("a1", bytes)
            #expect(try await store.open(large) == nil)
            try await store.put(bytes, as: large)
            try await store.put(bytes, as: large)
            let reader = try #require(try await store.open(large))
            #expect(reader.size == bytes.count)
            #expect(try await reader.bytes(in: 70_000..<70_010) == Array(bytes[70_000..<70_010]))
            #expect(try await reader.bytes(in: 0..<reader.size) == bytes)
            let empty = try key("b2", [])
            try await store.put([], as: empty)
            #expect(try await store.open(empty)?.size == 0)
            #expect(try await store.owners().sorted() == ["a1", "b2"])
            #expect(try await store.keys(of: "a1") == [large])
            #expect(try await store.keys(of: "a").isEmpty)
            try await store.remove(large)
            try await store.remove(large)
            #expect(try await store.open(large) == nil)
            await #expect(throws: OriginalError.self) { try await reader.bytes(in: 0..<9) }
            try await store.removeAll(of: "b2")
            #expect(try await store.owners().isEmpty)
        }
    }

    @Test func longListsComeInPages() async throws {
        try await withStore(prefix: "pages") { store in
            for number in 0..<1_005 {
                let bytes = Array("\(number)".utf8)
                try await store.put(bytes, as: key("o", bytes))
            }
            #expect(Set(try await store.keys(of: "o")).count == 1_005)
            try await store.removeAll(of: "o")
            #expect(try await store.keys(of: "o").isEmpty)
        }
    }
}
