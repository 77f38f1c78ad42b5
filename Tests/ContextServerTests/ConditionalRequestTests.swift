import JSON
import NIOHTTP1
import Testing

/// Entity tags of documents, and requests that depend on them.
@Suite(.timeLimit(.minutes(10))) struct ConditionalRequestTests {
    private static func start(on folder: RunningServer? = nil) async throws -> (RunningServer, TestClient) {
        let server = try await RunningServer.start(folder: folder?.folder)
        return (server, try await server.client(tenant: "a"))
    }

    private static func put(
        _ client: TestClient, _ id: String, _ body: JSONObject, waits: Bool = true, _ headers: [(String, String)] = []
    ) async throws -> TestClient.Answer {
        try await client.send(
            .PUT, "/v1/documents/\(id)\(waits ? "?wait=true" : "")", JSONValue.object(body).serialized(), type: "application/json",
            headers: headers)
    }

    private static func tag(_ answer: TestClient.Answer) throws -> String {
        let tags = answer.headers["ETag"]
        #expect(tags.count == 1 && tags[0].utf8.count > 2 && tags[0].first == "\"" && tags[0].last == "\"", "\(answer.status) \(tags)")
        return try #require(tags.first)
    }

    @Test func everyChangeChangesTheTagAndNothingElseDoes() async throws {
        let (server, client) = try await Self.start()
        var seen: Set<String> = []
        let bodies: [JSONObject] = [
            ["text": "one"], ["text": "two"], ["text": "two", "title": "T"], ["text": "two", "title": "T", "metadata": ["k": 1]],
            ["text": "two", "title": "T", "metadata": ["k": 2]], ["text": "two", "title": "T", "url": "https://example.org"],
            ["text": "one"],
        ]
        for body in bodies {
            let written = try await Self.put(client, "d", body)
            let tag = try Self.tag(written)
            #expect(seen.insert(tag).inserted, "\(body)")
            for path in ["/v1/documents/d", "/v1/documents/d/content"] {
                for method: HTTPMethod in [.GET, .HEAD] {
                    #expect(try Self.tag(try await client.send(method, path)) == tag, "\(method) \(path)")
                }
            }
            #expect(try await client.get("/v1/documents/d").json["etag"] == .string(tag))
            #expect(try await client.get("/v1/documents").json["data"]?[0]?["etag"] == .string(tag))
            let job = try #require(written.json["job_id"]?.stringValue)
            #expect(try await client.get("/v1/jobs/\(job)").json["etag"] == .string(tag))
        }
        let last = try Self.tag(try await client.get("/v1/documents/d"))
        #expect(await server.stop() == 0)
        let (again, clientAgain) = try await Self.start(on: server)
        #expect(try Self.tag(try await clientAgain.get("/v1/documents/d")) == last)
        #expect(await again.stop() == 0)
    }

    @Test func aClientThatHasTheVersionGetsNoBody() async throws {
        let (server, client) = try await Self.start()
        defer { withExtendedLifetime(server) {} }
        let tag = try Self.tag(try await Self.put(client, "d", ["text": "one"]))
        let opaque = tag.dropFirst().dropLast()
        for path in ["/v1/documents/d", "/v1/documents/d/content"] {
            for value in [tag, "*", "\"x\", \(tag)", "W/\(tag)", "\"\(opaque)-gzip\""] {
                for method: HTTPMethod in [.GET, .HEAD] {
                    let answer = try await client.send(method, path, headers: [("If-None-Match", value)])
                    #expect(answer.status == 304 && answer.body.isEmpty, "\(method) \(path) \(value): \(answer.status)")
                    #expect(answer.headers["ETag"] == [tag] && answer.headers["Content-Length"].isEmpty)
                    #expect(answer.headers["Cache-Control"] == ["private, no-cache"])
                }
            }
            for value in ["\"x\"", "\"\(opaque)x\"", "\"\"", "\"\(opaque).job_x\""] {
                let answer = try await client.send(.GET, path, headers: [("If-None-Match", value)])
                #expect(answer.status == 200 && !answer.body.isEmpty && answer.headers["ETag"] == [tag], "\(path) \(value)")
            }
            #expect(try await client.send(.GET, path, headers: [("If-Match", tag)]).status == 200)
            #expect(try await client.send(.GET, path, headers: [("If-Match", "\"x\"")]).status == 412)
            for value in ["x", "", "\"x", opaque.description, "*, \(tag)"] {
                for name in ["If-Match", "If-None-Match"] {
                    let answer = try await client.send(.GET, path, headers: [(name, value)])
                    #expect(answer.status == 400 && answer.code == "invalid_request", "\(name): \(value): \(answer.status)")
                    #expect(answer.json["detail"]?.stringValue?.contains(name) == true, "\(answer.text)")
                }
            }
        }
        _ = try await Self.put(client, "d", ["text": "two"])
        #expect(try await client.send(.GET, "/v1/documents/d", headers: [("If-None-Match", tag)]).status == 200)
        #expect(try await client.send(.GET, "/v1/documents/none", headers: [("If-None-Match", "*")]).status == 404)
    }

    /// The state also shows the last upload: a client must learn of its failure though the version is the same.
    @Test func aFailedUploadChangesTheTagOfTheStateButNoVersion() async throws {
        let (server, client) = try await Self.start()
        defer { withExtendedLifetime(server) {} }
        let tag = try Self.tag(try await Self.put(client, "d", ["text": "one"]))
        let failed = try await client.send(.PUT, "/v1/documents/d?wait=true", Array("<p></p>".utf8), type: "text/html")
        #expect(failed.status == 422 && failed.headers["ETag"].isEmpty, "\(failed.text)")
        let state = try await client.send(.GET, "/v1/documents/d", headers: [("If-None-Match", tag)])
        #expect(state.status == 200 && state.json["error"]?["code"] == "empty" && state.json["etag"] == .string(tag))
        let shown = try Self.tag(state)
        #expect(shown != tag)
        #expect(try await client.send(.GET, "/v1/documents/d", headers: [("If-None-Match", shown)]).status == 304)
        #expect(try await client.send(.GET, "/v1/documents/d/content", headers: [("If-None-Match", tag)]).status == 304)
        #expect(try await Self.put(client, "d", ["text": "two"], [("If-Match", shown)]).status == 200)
    }

    @Test func aWriteOfAnotherVersionIsRefused() async throws {
        let (server, client) = try await Self.start()
        defer { withExtendedLifetime(server) {} }
        let first = try Self.tag(try await Self.put(client, "d", ["text": "one"], [("If-None-Match", "*")]))
        let second = try Self.tag(try await Self.put(client, "d", ["text": "two"], [("If-Match", first)]))
        let refusing: [[(String, String)]] = [
            [("If-Match", first)], [("If-Match", "\"x\"")], [("If-Match", "W/\(second)")], [("If-None-Match", "*")],
            [("If-None-Match", second)], [("If-None-Match", "W/\(second)")], [("If-Match", second), ("If-None-Match", "*")],
        ]
        for headers in refusing {
            let body: JSONValue = ["id": "d", "text": "three"]
            let form = "--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"d\"\r\n\r\nthree\r\n--X--\r\n"
            for answer in [
                try await Self.put(client, "d", ["text": "three"], headers),
                try await Self.put(client, "d", ["text": "three"], waits: false, headers),
                try await client.post("/v1/documents?wait=true", body, headers: headers),
                try await client.post("/v1/documents", body, headers: headers),
                try await client.send(
                    .PUT, "/v1/documents/d", Array(form.utf8), type: "multipart/form-data; boundary=X", headers: headers),
                try await client.send(.PUT, "/v1/documents/d", Array("three".utf8), type: "text/plain", headers: headers),
                try await client.send(.DELETE, "/v1/documents/d", headers: headers),
            ] {
                #expect(answer.status == 412 && answer.code == "precondition_failed", "\(headers): \(answer.text)")
                #expect(answer.headers["content-type"] == ["application/problem+json"] && answer.headers["ETag"].isEmpty)
            }
        }
        #expect(try await client.get("/v1/documents/d/content").text == "two")
        #expect(try await client.get("/v1/documents/d").json["error"] == .null, "a refused upload leaves no job")
        for value in ["x", "", "\"x", "*, \(second)"] {
            for name in ["If-Match", "If-None-Match"] {
                #expect(try await Self.put(client, "d", ["text": "three"], [(name, value)]).status == 400, "\(name): \(value)")
                #expect(try await client.send(.DELETE, "/v1/documents/d", headers: [(name, value)]).status == 400, "\(name): \(value)")
            }
        }
        let accepting: [[(String, String)]] = [[("If-Match", "*")], [("If-None-Match", "\"x\"")]]
        for headers in accepting { #expect(try await Self.put(client, "d", ["text": "four"], headers).status == 200, "\(headers)") }
        let last = try Self.tag(try await client.get("/v1/documents/d"))
        #expect(try await client.send(.DELETE, "/v1/documents/d", headers: [("If-Match", "\"x\",\(last)")]).status == 204)
        // What does not exist: a deletion is not found, an upload that requires it fails, one that creates it succeeds.
        #expect(try await client.send(.DELETE, "/v1/documents/d", headers: [("If-Match", last)]).status == 404)
        for value in [last, "*"] { #expect(try await Self.put(client, "d", ["text": "five"], [("If-Match", value)]).status == 412) }
        #expect(try await client.post("/v1/documents?wait=true", ["text": "any"], headers: [("If-Match", "*")]).status == 412)
        #expect(try await client.post("/v1/documents?wait=true", ["text": "any"], headers: [("If-None-Match", "*")]).status == 200)
        #expect(try await Self.put(client, "d", ["text": "five"], [("If-None-Match", "*")]).status == 200)
    }

    /// All begin from the same version: one is stored, and each of the others fails when it is accepted or when it would be stored.
    @Test(arguments: [true, false]) func ofConcurrentOverwritesOneWins(creates: Bool) async throws {
        let (server, client) = try await Self.start()
        defer { withExtendedLifetime(server) {} }
        let condition =
            creates ? ("If-None-Match", "*") : ("If-Match", try Self.tag(try await Self.put(client, "d", ["text": "version start"])))
        let outcomes = try await withThrowingTaskGroup(of: (Int, TestClient.Answer).self) { group in
            for number in 0..<12 {
                group.addTask {
                    (number, try await Self.put(client, "d", ["text": .string("version \(number)")], waits: number % 2 == 0, [condition]))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        var stored: [Int] = []
        for (number, answer) in outcomes {
            switch answer.status {
            case 200: stored.append(number)
            case 202:
                let job = try #require(answer.json["job_id"]?.stringValue)
                let events = try await client.get("/v1/jobs/\(job)/events").text
                if events.contains("event: ready") {
                    stored.append(number)
                } else {
                    #expect(events.contains("precondition_failed"), "\(events)")
                }
            default: #expect(answer.status == 412 && answer.code == "precondition_failed", "\(answer.text)")
            }
        }
        #expect(stored.count == 1, "\(stored)")
        #expect(try await client.get("/v1/documents/d/content").text == "version \(stored.first ?? -1)")
    }

    @Test func anImportHasNoConditions() async throws {
        let (server, client) = try await Self.start()
        defer { withExtendedLifetime(server) {} }
        for name in ["If-Match", "If-None-Match"] {
            let answer = try await client.send(
                .POST, "/v1/documents/import", Array(#"{"id":"d","text":"one"}"#.utf8), type: "application/x-ndjson", headers: [(name, "*")]
            )
            #expect(answer.status == 400 && answer.text.contains(name), "\(answer.text)")
        }
        #expect(try await client.get("/v1/documents/d").status == 404)
    }

    @Test func locationNamesTheJobAndTheDocument() async throws {
        let (server, client) = try await Self.start()
        defer { withExtendedLifetime(server) {} }
        for answer in [
            try await client.post("/v1/documents", ["text": "one"]),
            try await client.send(.PUT, "/v1/documents/a%2Fb", Array("one".utf8), type: "text/plain"),
        ] {
            #expect(answer.status == 202 && answer.headers["ETag"].isEmpty)
            let location = try #require(answer.headers["Location"].first)
            #expect(try await client.get(location).json["id"] == answer.json["job_id"], "\(location)")
        }
        for id in ["a b/ü", "plain"] {
            let answer = try await client.post("/v1/documents?wait=true", ["id": .string(id), "text": "one"])
            let location = try #require(answer.headers["Location"].first)
            #expect(try await client.get(location).json["id"] == .string(id), "\(location)")
        }
    }
}
