import JSON
import NIOHTTP1
import TestSupport
import Testing

/// An id is identified by its bytes everywhere: in JSON, in a path, in a query, in a cursor, in an MCP URI.
@Suite(.timeLimit(.minutes(10))) struct ByteIdentityTests {
    /// Ids that some decoders treat as equal, and how a path encodes them.
    private static let ids: [(id: String, path: String)] = [
        ("bom", "bom"), ("\u{FEFF}bom", "%EF%BB%BFbom"), ("\u{FEFF}\u{FEFF}bom", "%EF%BB%BF%EF%BB%BFbom"), ("b\u{FEFF}om", "b%ef%bb%bfom"),
        ("\u{E9}", "%C3%A9"), ("e\u{301}", "e%CC%81"), ("\u{212B}", "%E2%84%AB"), ("\u{C5}", "%C3%85"), ("A\u{30A}", "A%CC%8A"),
        ("a+b", "a+b"),
        ("a b", "a%20b"), ("%41", "%2541"), ("A", "A"), ("a/b", "a%2Fb"),
    ]

    @Test func everyIdNamesItsOwnDocument() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        for (number, (id, _)) in Self.ids.enumerated() {
            let body: JSONValue = ["id": .string(id), "text": .string("text \(number)")]
            #expect(try await client.post("/v1/documents?wait=true", body).status == 200)
        }
        for (number, (id, path)) in Self.ids.enumerated() {
            #expect(try await client.get("/v1/documents/\(path)/content").text == "text \(number)", "\(path)")
            #expect(try await client.get("/v1/documents/\(path)").json["id"] == .string(id), "\(path)")
            let fetched = try await client.mcp("tools/call", ["name": "fetch", "arguments": ["id": .string(id)]], name: "fetch")
            #expect(fetched.json["result"]?["structuredContent"]?["text"] == .string("text \(number)"), "\(path)")
        }
        #expect(
            try await pages(client).map { Array($0.utf8) } == Self.ids.map { Array($0.id.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
        )
        // Deleting one document leaves its lookalikes.
        for (number, (_, path)) in Self.ids.enumerated() {
            #expect(try await client.delete("/v1/documents/\(path)").status == 204, "\(path)")
            #expect(try await pages(client).count == Self.ids.count - number - 1, "\(path)")
        }
        #expect(await server.stop() == 0)
    }

    /// Lists all ids, three per page.
    private func pages(_ client: TestClient) async throws -> [String] {
        var (ids, cursor): ([String], String?) = ([], "")
        while let after = cursor {
            let page = try await client.get("/v1/documents?limit=3" + (after.isEmpty ? "" : "&cursor=\(after)")).json
            ids += page["data"]?.arrayValue?.compactMap { $0["id"]?.stringValue } ?? []
            cursor = page["next_cursor"]?.stringValue
        }
        return ids
    }

    @Test func theIdInABodyIsTheOneInThePathByteByByte() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        for (path, id, status) in [
            ("%C3%A9", "\u{E9}", 202), ("%C3%A9", "e\u{301}", 400), ("e%CC%81", "\u{E9}", 400), ("bom", "\u{FEFF}bom", 400),
            ("%EF%BB%BFbom", "bom", 400),
            ("%EF%BB%BFbom", "\u{FEFF}bom", 202),
        ] {
            let body: JSONValue = ["id": .string(id), "text": "x"]
            #expect(
                try await client.send(.PUT, "/v1/documents/\(path)", body.serialized(), type: "application/json").status == status,
                "\(path)")
        }
        for (query, status) in [
            ("limit=5", 200), ("limit=%35", 200), ("lim%69t=0", 400), ("limit=%EF%BB%BF5", 400), ("limit=%zz", 400), ("limit=5%", 400),
            ("limit=%FF", 400), ("limit=", 400), ("cursor=%EF%BB%BF", 400), ("limit=5&limit=5", 400), ("limit=5&lim%69t=5", 400),
        ] {
            #expect(try await Self.status(server, client, "/v1/documents?\(query)") == status, "\(query)")
        }
        #expect(try await Self.status(server, client, "/v1/documents/a%zz") == 404)
        #expect(try await Self.status(server, client, "/api/mcp/stream?query=%C3") == 400)
        #expect(await server.stop() == 0)
    }

    /// Returns the status of a request whose target is sent unchanged; HTTP clients would normalise it.
    private static func status(_ server: RunningServer, _ client: TestClient, _ target: String) async throws -> Int? {
        try await RawSocket.connect(server.port) { socket in
            try await socket.send(
                "GET \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nAuthorization: Bearer \(client.key ?? "")\r\nConnection: close\r\n\r\n"
            )
            return try await socket.head().flatMap { $0.split(separator: " ").dropFirst().first.flatMap { Int($0) } }
        }
    }
}
