import ContextServer
import HTTPTypes
import JSON
import NIOCore
import NIOHTTP1
import TestSupport
@_spi(ScopeMinting) import Tenancy
import Testing

/// Requests with an `Idempotency-Key`.
@Suite(.timeLimit(.minutes(10))) struct IdempotencyTests {
    // MARK: The records, with a clock of the test's own

    private struct Scene {
        var records: IdempotencyRecords
        let start = ContinuousClock.now

        init(_ change: (inout IdempotencyLimits) -> Void = { _ in }) {
            var limits = IdempotencyLimits()
            change(&limits)
            records = IdempotencyRecords(limits)
        }

        static func key(_ text: String) throws -> IdempotencyKey { try #require(try IdempotencyKey([.idempotencyKey: text])) }
        static func scope(_ name: String) -> TenantScope { TenantScope(tenant: .test(name), incarnation: "1") }

        /// Returns what the request finds: `first`, `inProgress`, or the stored body.
        mutating func arrive(_ key: String, tenant: String = "a", hours: Double = 0) throws -> String {
            let now = start + .seconds(hours * 3600)
            switch records.arrive(try Self.key(key), in: Self.scope(tenant), now: now) {
            case .first: return "first"
            case .inProgress: return "inProgress"
            case .finished(let stored): return String(decoding: stored.fingerprint, as: UTF8.self)
            }
        }

        /// Executes a request whose response has `bytes` bytes.
        mutating func execute(_ key: String, tenant: String = "a", hours: Double = 0, bytes: Int = 10) throws {
            let now = start + .seconds(hours * 3600)
            guard case .first(let number) = records.arrive(try Self.key(key), in: Self.scope(tenant), now: now) else {
                Issue.record("\(key) is known")
                return
            }
            let response = StoredResponse(
                fingerprint: Array(key.utf8), status: .ok, headers: [:], body: ByteBuffer(repeating: 0, count: bytes))
            records.finish(number, try Self.key(key), in: Self.scope(tenant), response, now: now)
        }
    }

    @Test func anOperationIsExecutedOnceInItsTime() throws {
        var scene = Scene()
        #expect(try scene.arrive("k") == "first" && scene.arrive("k") == "inProgress" && scene.arrive("other") == "first")
        #expect(try scene.arrive("k", tenant: "b") == "first")
        var done = Scene()
        try done.execute("k")
        #expect(try done.arrive("k", hours: 23.9) == "k" && done.arrive("k", tenant: "b") == "first")
        #expect(try done.arrive("k", hours: 24) == "first")
        #expect(done.records.bytes == 0)
    }

    @Test func anAbandonedOperationIsExecutedAgain() throws {
        var scene = Scene()
        let (key, scope) = (try Scene.key("k"), Scene.scope("a"))
        guard case .first(let number) = scene.records.arrive(key, in: scope, now: scene.start) else { Issue.record("not first"); return }
        scene.records.abandon(number, key, in: scope)
        #expect(scene.records.count == 0)
        #expect(try scene.arrive("k") == "first")
        // A late report of the first attempt changes nothing.
        scene.records.abandon(number, key, in: scope)
        #expect(try scene.arrive("k") == "inProgress")
    }

    @Test func theOldestOfATenantMakeRoom() throws {
        var scene = Scene { $0.keysPerTenant = 3 }
        for name in ["1", "2", "3", "4", "5"] { try scene.execute(name) }
        try scene.execute("1", tenant: "b")
        #expect(scene.records.count == 4)
        #expect(try ["3", "4", "5"].map { try scene.arrive($0) } == ["3", "4", "5"])
        #expect(try scene.arrive("1", tenant: "b") == "1" && scene.arrive("1") == "first")
    }

    @Test func memoryIsBounded() throws {
        var scene = Scene { $0.memoryBytes = 1 << 20 }
        for number in 0..<1000 {
            try scene.execute("k\(number)", tenant: "t\(number % 50)", bytes: 20_000)
            #expect(scene.records.bytes <= 1 << 20)
        }
        try scene.execute("mine", tenant: "quiet")
        // One tenant that stores much displaces its own first.
        for number in 0..<1000 { try scene.execute("n\(number)", tenant: "loud", bytes: 20_000) }
        #expect(try scene.arrive("mine", tenant: "quiet") == "mine")
        for number in 0..<3 { try scene.execute("later\(number)", tenant: "x\(number)", hours: Double(25 * (number + 1))) }
        #expect(scene.records.count == 1, "what has expired is removed")
    }

    @Test(arguments: ["", "\"\"", "a b", "ä", String(repeating: "k", count: 256), "\u{7F}"]) func aBadKeyIsRefused(text: String) {
        #expect(throws: (any Error).self) { try IdempotencyKey([.idempotencyKey: text]) }
    }

    @Test func quotesDoNotCount() throws {
        #expect(try Scene.key("\"8e03978e\"") == Scene.key("8e03978e"))
        #expect(try IdempotencyKey([:]) == nil)
        var twice: HTTPFields = [.idempotencyKey: "a"]
        twice.append(HTTPField(name: .idempotencyKey, value: "a"))
        #expect(throws: (any Error).self) { try IdempotencyKey(twice) }
    }

    /// The filter agrees with a replacement in the whole.
    @Test(arguments: 0..<200 as Range<UInt64>) func aBoundaryIsRemovedWhereverItIsCut(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        let pattern = (0..<Int.random(in: 1...5, using: &rng)).map { _ in UInt8.random(in: 0...1, using: &rng) }
        let bytes = (0..<Int.random(in: 0...60, using: &rng)).map { _ in UInt8.random(in: 0...1, using: &rng) }
        var (expected, place) = ([UInt8](), 0)
        while place < bytes.count {
            if bytes[place...].starts(with: pattern) { place += pattern.count } else { expected.append(bytes[place]); place += 1 }
        }
        var filter = BoundaryFilter(pattern)
        var (result, rest) = ([UInt8](), bytes[...])
        while !rest.isEmpty {
            let part = rest.prefix(Int.random(in: 1...7, using: &rng))
            result += filter.filter(part)
            rest = rest[part.endIndex...]
        }
        #expect(result + filter.finish() == expected, "seed \(seed)")
    }

    // MARK: The server

    private static func key(_ text: String) -> [(String, String)] { [("Idempotency-Key", text)] }

    @Test func aRepeatedUploadGetsTheFirstResponse() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let document: JSONValue = ["text": "A lantern hangs in the boathouse."]
        let first = try await client.post("/v1/documents?wait=true", document, headers: Self.key("k1"))
        #expect(first.status == 200 && first.headers["idempotent-replayed"] == [], "\(first.text)")
        let second = try await client.post("/v1/documents?wait=true", document, headers: Self.key("\"k1\""))
        #expect(second.status == 200 && second.body == first.body && second.headers["idempotent-replayed"] == ["true"])
        #expect(second.headers["x-request-id"] != first.headers["x-request-id"])
        #expect(second.headers["content-type"] == first.headers["content-type"])
        #expect(try await client.get("/v1/documents").json["data"]?.arrayValue?.count == 1)
        // Another body, query, path or method is another request.
        for (path, body) in [
            ("/v1/documents?wait=true", ["text": "another"] as JSONValue), ("/v1/documents", document), ("/v1/embeddings", document),
        ] {
            let refused = try await client.post(path, body, headers: Self.key("k1"))
            let code = refused.code ?? refused.json["error"]?["code"]?.stringValue
            #expect(refused.status == 422 && code == "idempotency_key_reused", "\(path): \(refused.text)")
        }
        // Without the key, or with another one, it is a new document.
        #expect(try await client.post("/v1/documents?wait=true", document).status == 200)
        #expect(try await client.post("/v1/documents?wait=true", document, headers: Self.key("k2")).body != first.body)
        #expect(try await client.get("/v1/documents").json["data"]?.arrayValue?.count == 3)
        let invalid = try await client.post("/v1/documents", document, headers: Self.key(String(repeating: "k", count: 300)))
        #expect(invalid.status == 400 && invalid.code == "invalid_idempotency_key")
    }

    @Test func theSameFormHasAnotherBoundaryEachTime() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        func send(_ boundary: String, _ text: String) async throws -> TestClient.Answer {
            let head = "--\(boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n"
            let form = head + text + "\r\n--\(boundary)--\r\n"
            return try await client.send(
                .POST, "/v1/documents", Array(form.utf8), type: "multipart/form-data; boundary=\(boundary)", headers: Self.key("form"))
        }
        let first = try await send("f00", "A lantern.")
        #expect(first.status == 202, "\(first.text)")
        let second = try await send("ba7ba7", "A lantern.")
        #expect(second.body == first.body && second.headers["idempotent-replayed"] == ["true"], "\(second.text)")
        #expect(try await send("f00", "A candle.").status == 422)
    }

    @Test func answersAndVectorsAreNotMadeTwice() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        _ = try await client.post("/v1/documents?wait=true", ["id": "d", "text": "A lantern hangs in the boathouse."])
        let chat: JSONValue = ["messages": [["role": "user", "content": "Where does the lantern hang?"]]]
        let calls: [(String, JSONValue)] = [
            ("/v1/chat/completions", chat), ("/v1/completions", ["prompt": "Where does the lantern hang?"]),
            ("/api/mcp/query", ["query": "Where does the lantern hang?"]),
            ("/v1/embeddings", ["model": "all-MiniLM-L6-v2", "input": "a lantern"]),
        ]
        for (path, body) in calls {
            let first = try await client.post(path, body, headers: Self.key(path))
            let second = try await client.post(path, body, headers: Self.key(path))
            #expect(first.status == 200 && second.body == first.body && second.headers["idempotent-replayed"] == ["true"], "\(path)")
        }
        #expect(try await client.get("/v1/usage").json["total"]?["requests"] == 3)
        // A stream is made each time.
        var stream = chat.objectValue ?? [:]
        stream["stream"] = true
        for _ in 0..<2 {
            let answer = try await client.post("/v1/chat/completions", .object(stream), headers: Self.key("stream"))
            #expect(answer.status == 200 && answer.text.contains("boathouse") && answer.headers["idempotent-replayed"] == [])
        }
    }

    /// An error had no effect: the request is executed again.
    @Test func errorsAreNotKept() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        for _ in 0..<2 {
            let blank = try await client.post("/v1/documents?wait=true", ["text": " "], headers: Self.key("k"))
            #expect(blank.status == 422 && blank.code == "empty", "\(blank.text)")
        }
        #expect(try await client.post("/v1/documents?wait=true", ["text": "A lantern."], headers: Self.key("k")).status == 200)
    }

    @Test func aRequestInProgressIsNotBegunAgain() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let head = [
            "POST /v1/documents HTTP/1.1", "Host: 127.0.0.1:\(server.port)", "Authorization: Bearer \(client.key ?? "")",
            "Content-Type: application/json", "Content-Length: 20", "Idempotency-Key: k", "Expect: 100-continue",
        ].joined(separator: "\r\n")
        try await RawSocket.connect(server.port) { socket in
            try await socket.send(head + "\r\n\r\n")
            // The first request has begun: its handler waits for the body.
            #expect(try await socket.head()?.hasPrefix("HTTP/1.1 100") == true)
            let second = try await client.post("/v1/documents", ["text": "a lantern"], headers: Self.key("k"))
            #expect(second.status == 409 && second.code == "idempotency_in_progress", "\(second.text)")
            #expect(second.headers["retry-after"] == ["1"])
            try await socket.send("{\"text\":\"a lantern\"}")
            #expect(try await socket.response()?.hasPrefix("HTTP/1.1 202") == true)
        }
        let third = try await client.send(
            .POST, "/v1/documents", Array("{\"text\":\"a lantern\"}".utf8), type: "application/json", headers: Self.key("k"))
        #expect(third.status == 202 && third.headers["idempotent-replayed"] == ["true"], "\(third.text)")
    }
}
