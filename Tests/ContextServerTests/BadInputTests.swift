import AsyncHTTPClient
import CommandSupport
import Foundation
import JSON
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

/// Invalid input: each request gets the right status and a problem document, the process stays up, and nothing is partially written.
@Suite(.timeLimit(.minutes(10))) struct BadInputTests {
    struct Case: Sendable {
        let method: HTTPMethod
        let path: String
        let body: [UInt8]
        let type: String
        let status: Int
        let code: String

        init(_ method: HTTPMethod, _ path: String, _ body: String, _ status: Int, _ code: String, type: String = "application/json") {
            self.init(method, path, bytes: Array(body.utf8), status, code, type: type)
        }

        init(_ method: HTTPMethod, _ path: String, bytes: [UInt8], _ status: Int, _ code: String, type: String = "application/json") {
            (self.method, self.path, body, self.type, self.status, self.code) = (method, path, bytes, type, status, code)
        }
    }

    static let searches: [Case] = [
        ("", "invalid_json"), ("{", "invalid_json"), ("nonsense", "invalid_json"), ("[]", "invalid_request"), ("null", "invalid_request"),
        ("{}", "invalid_request"), (#"{"query":7}"#, "invalid_request"), (#"{"query":""}"#, "invalid_request"),
        (#"{"query":"\#(String(repeating: "x", count: 16_385))"}"#, "invalid_request"),
        (#"{"query":" \n"}"#, "invalid_request"), (#"{"query":"x","limit":0}"#, "invalid_request"),
        (#"{"query":"x","limit":1000000000}"#, "invalid_request"), (#"{"query":"x","limit":-1}"#, "invalid_request"),
        (#"{"query":"x","limit":"10"}"#, "invalid_request"), (#"{"query":"x","limit":1.5}"#, "invalid_request"),
        (#"{"query":"x","limit":true}"#, "invalid_request"), (#"{"query":"x","limit":99999999999999999999}"#, "invalid_request"),
        (#"{"query":"x","mode":"best"}"#, "invalid_request"), (#"{"query":"x","group_by":"title"}"#, "invalid_request"),
        (#"{"query":"x","explain":1}"#, "invalid_request"), (#"{"query":"x","qeury":"y"}"#, "invalid_request"),
        (#"{"query":"x","filter":[]}"#, "invalid_request"), (#"{"query":"x","filter":{"key":"k"}}"#, "invalid_request"),
        (#"{"query":"x","query":"y"}"#, "invalid_json"), (#"{"query":"\ud800"}"#, "invalid_json"),
        (#"{"query":"x","a":"# + String(repeating: "[", count: 100_000) + "}", "invalid_json"),
        (#"{"query":"x"} trailing"#, "invalid_json"),
    ].map { Case(.POST, "/v1/search", $0.0, 400, $0.1) }

    static let uploads: [Case] = [
        Case(.POST, "/v1/documents", #"{"text":""}"#, 422, "empty"), Case(.POST, "/v1/documents", #"{"text":" \n\t"}"#, 422, "empty"),
        Case(.POST, "/v1/documents", #"{"title":"x"}"#, 400, "invalid_request"),
        Case(.POST, "/v1/documents", #"{"text":["x"]}"#, 400, "invalid_request"),
        Case(.POST, "/v1/documents", #"{"text":"x","id":7}"#, 400, "invalid_request"),
        Case(.POST, "/v1/documents", #"{"text":"x","id":""}"#, 400, "invalid_request"),
        Case(.POST, "/v1/documents", #"{"text":"x","id":"a\u0000b"}"#, 400, "invalid_request"),
        Case(.POST, "/v1/documents", #"{"text":"x","metdata":{}}"#, 400, "invalid_request"),
        Case(.POST, "/v1/documents", #"{"text":"x","metadata":[]}"#, 400, "invalid_request"),
        Case(.POST, "/v1/documents", #"{"text":"x","url":"javascript:alert(1)"}"#, 400, "invalid_request"),
        Case(.POST, "/v1/documents", #"{"text":"x","url":"no url"}"#, 400, "invalid_request"),
        Case(.POST, "/v1/documents", #"{"text":"x","id":"import"}"#, 400, "invalid_request"),
        Case(.POST, "/v1/documents", #"{"text":"before\u0000after words"}"#, 400, "invalid_request"),
        Case(.POST, "/v1/documents?wait=maybe", #"{"text":"x"}"#, 400, "invalid_request"),
        Case(.POST, "/v1/documents", bytes: [0x7B, 0x22, 0xFF, 0x22, 0x7D], 400, "invalid_json"),
        Case(.POST, "/v1/documents", "x", 415, "unsupported_media_type", type: "application/pdf"),
        Case(.POST, "/v1/documents", "x", 400, "invalid_multipart", type: "multipart/form-data"),
        Case(.POST, "/v1/documents", "--b\r\n", 400, "invalid_multipart", type: "multipart/form-data; boundary=b"),
        Case(.POST, "/v1/search", "query=x", 415, "unsupported_media_type", type: "application/x-www-form-urlencoded"),
        Case(.PUT, "/v1/documents/bad", "\u{7F}ELF …", 415, "unsupported_media_type", type: "text/plain"),
        Case(.PUT, "/v1/documents/bad?wait=true", "%PDF-1.7 …", 422, "malformed", type: "text/plain"),
        Case(.PUT, "/v1/documents/bad", "x", 415, "unsupported_media_type", type: "video/mp4"),
        Case(.PUT, "/v1/documents/bad?wait=true", "", 422, "empty", type: "text/plain"),
        Case(
            .PUT, "/v1/documents/bad?wait=true", bytes: [0x41, 0xFF, 0xFE, 0x00, 0x81, 0x82, 0x83], 422, "undecodable", type: "text/plain"),
        Case(.PUT, "/v1/documents/bad", #"{"id":"other","text":"x"}"#, 400, "invalid_request"),
        Case(.PUT, "/v1/documents/a%00b", "x", 400, "invalid_request", type: "text/plain"),
        Case(.PUT, "/v1/documents/a%FFb", "x", 404, "not_found", type: "text/plain"),
        Case(.POST, "/v1/documents/import", "x", 415, "unsupported_media_type", type: "image/png"),
        Case(.GET, "/v1/documents?limit=0", "", 400, "invalid_request"), Case(.GET, "/v1/documents?limit=1e9", "", 400, "invalid_request"),
        Case(.GET, "/v1/documents?cursor=%21%21", "", 400, "invalid_request"), Case(.GET, "/v1/documents/none", "", 404, "not_found"),
        Case(.GET, "/v1/documents/a%00b", "", 404, "not_found"), Case(.GET, "/v1/documents/..%2F..%2Fetc%2Fpasswd", "", 404, "not_found"),
        Case(.GET, "/v1/jobs/none", "", 404, "not_found"), Case(.GET, "/v1/jobs/none/events", "", 404, "not_found"),
        Case(.DELETE, "/v1/jobs/none", "", 404, "not_found"), Case(.POST, "/v1/jobs/none/retry", "", 404, "not_found"),
        Case(.GET, "/nothing", "", 404, "not_found"), Case(.PATCH, "/v1/documents/bad", "", 405, "method_not_allowed"),
        Case(.DELETE, "/v1/search", "", 405, "method_not_allowed"), Case(.GET, "/v1/search", "", 405, "method_not_allowed"),
    ]

    @Test(arguments: RunningServer.Place.allCases) func eachIsRefusedWithItsReasonAndNothingIsLeftBehind(
        on place: RunningServer.Place
    ) async throws {
        let server = try await RunningServer.start(place)
        let client = try await server.client(tenant: "a")
        for bad in Self.searches + Self.uploads {
            let what = "\(bad.method) \(bad.path) \(String(decoding: bad.body.prefix(60), as: UTF8.self))"
            let answer = try await client.send(
                bad.method, bad.path, bad.method == .GET ? nil : bad.body, type: bad.type, headers: [("X-Request-Id", "mine")])
            #expect(answer.status == bad.status && answer.code == bad.code, "\(what): \(answer.status) \(answer.text)")
            #expect(answer.headers["content-type"] == ["application/problem+json"], "\(what)")
            #expect(answer.json["request_id"] == "mine" && answer.headers["x-request-id"] == ["mine"], "\(what)")
            #expect(answer.json["status"]?.intValue == bad.status && answer.json["detail"]?.stringValue?.isEmpty == false, "\(what)")
        }
        #expect(try await client.get("/v1/documents").json["data"] == [])
        #expect(server.isRunning)
    }

    @Test func aHugeBodyIsRefusedWhateverItClaims() async throws {
        // The client may read the response late while it still sends.
        let server = try await RunningServer.start(
            .process, options: ["--max-document-bytes", "1000000", "--set", "connections.linger_seconds=60"])
        let client = try await server.client(tenant: "a")
        let bytes = 100 << 20
        for (method, path, type) in [
            (HTTPMethod.PUT, "/v1/documents/huge", "text/plain"), (.POST, "/v1/search", "application/json"),
            (.POST, "/mcp", "application/json"),
        ] {
            for isChunked in [false, true] {
                let refused = try await client.refusal(method, path, bytes: bytes, type: type, isChunked: isChunked)
                #expect(refused?.hasPrefix("HTTP/1.1 413 ") == true, "\(path): \(refused ?? "nothing")")
            }
        }
        let huge = [UInt8](repeating: UInt8(ascii: "a"), count: bytes)
        // In an import, the limit applies per line: only the huge line fails.
        let lines = huge + Array("\n{\"id\":\"ok\",\"text\":\"fine\"}\n".utf8)
        let imported = try await client.send(.POST, "/v1/documents/import", lines, type: "application/x-ndjson")
        #expect(imported.lines.last == ["done": true, "processed": 1, "failed": 1, "chunks": 1])
        #expect(try await client.get("/v1/documents").json["data"]?.arrayValue?.compactMap { $0["id"]?.stringValue } == ["ok"])
        #expect(server.isRunning)
    }

    @Test func badLinesOfAnImportFailAlone() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let body =
            Array(
                #"""
                {"_id":"1","title":"T","text":"one"}
                not json
                {"id":"2"}

                {"id":"3","text":"  "}
                {"id":"4","text":"four","unknown":1}
                {"id":7,"text":"seven"}

                """#.utf8) + [0x7B, 0xFF, 0x7D, 0x0A] + Array("{\"id\":\"5\",\"text\":\"five\"}".utf8)
        let answer = try await client.send(.POST, "/v1/documents/import", body, type: "application/x-ndjson")
        #expect(answer.status == 200 && answer.headers["content-type"] == ["application/x-ndjson"])
        #expect(answer.lines.compactMap { $0["line"]?.intValue } == [2, 3, 5, 6, 7, 8])
        #expect(answer.lines.last == ["done": true, "processed": 2, "failed": 6, "chunks": 2])
        #expect(try await client.get("/v1/documents").json["data"]?.arrayValue?.compactMap { $0["id"]?.stringValue } == ["1", "5"])
    }

    @Test func fiveHundredClientsAtOnceAreAllAnswered() async throws {
        let server = try await RunningServer.start(.process)
        let client = try await server.client(tenant: "a")
        _ = try await client.post("/v1/documents?wait=true", ["id": "d", "text": "timeout is bitter, but its fruit is sweet"])
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 500
        // More concurrent connections than the listen backlog holds; the rejected ones retry after several seconds.
        configuration.timeout.connect = .minutes(2)
        let crowd = HTTPClient(configuration: configuration)
        let statuses = try await withThrowingTaskGroup(of: UInt.self) { group in
            for number in 0..<500 {
                group.addTask {
                    let body: JSONValue = ["query": .string("fruit \(number)")]
                    let request = client.request(.POST, "/v1/search", body.serialized(), type: "application/json")
                    let response = try await crowd.execute(request, timeout: .minutes(2))
                    _ = try await response.body.collect(upTo: 1 << 20)
                    return response.status.code
                }
            }
            return try await group.reduce(into: [UInt]()) { $0.append($1) }
        }
        try await crowd.shutdown()
        #expect(statuses.count == 500 && statuses.allSatisfy { $0 == 200 || $0 == 503 }, "\(Set(statuses))")
        #expect(statuses.contains(200))
        #expect(try await client.found("fruit") == ["d"])
    }

    @Test func webPagesFromElsewhereMayNotCallMCP() async throws {
        let server = try await RunningServer.start(options: ["--allowed-origin", "https://app.example"])
        let client = try await server.client(tenant: "a")
        func status(_ headers: [(String, String)]) async throws -> Int {
            let body: JSONValue = ["jsonrpc": "2.0", "id": 1, "method": "ping"]
            return try await client.send(.POST, "/mcp", body.serialized(), type: "application/json", headers: headers).status
        }
        #expect(try await status([]) == 200)
        #expect(try await status([("Origin", "https://app.example")]) == 200)
        #expect(try await status([("Origin", server.base)]) == 200)
        #expect(try await status([("Origin", "https://evil.example")]) == 403)
        #expect(try await status([("Origin", "null")]) == 403)
        #expect(try await status([("Origin", "\(server.base)@evil.example")]) == 403)
        #expect(try await status([("Host", "evil.example")]) == 421)
    }

    @Test func textThatLooksLikeAFileIsKeptAsItIs() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let text = "%PDF-1.4 is how a PDF file starts"
        let answer = try await client.post("/v1/documents?wait=true", ["id": "d", "text": .string(text)])
        #expect(answer.status == 200, "\(answer.text)")
        #expect(try await client.get("/v1/documents/d/content").text == text)
    }

    @Test func headAnswersAsGetDoesWithoutABody() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        for (path, status) in [("/health/live", 200), ("/v1/documents", 200), ("/v1/documents/none", 404), ("/v1/search", 405)] {
            let answer = try await client.send(.HEAD, path)
            #expect(answer.status == status && answer.body.isEmpty, "\(path)")
        }
        let answers = try await CommandLineTool.process(
            [
                "-c",
                "exec 3<>/dev/tcp/127.0.0.1/\(server.port); printf 'HEAD /v1/search HTTP/1.1\\r\\nHost: 127.0.0.1:\(server.port)\\r\\n\\r\\nGET /health/live HTTP/1.1\\r\\nHost: 127.0.0.1:\(server.port)\\r\\nConnection: close\\r\\n\\r\\n' >&3; cat <&3",
            ],
            program: URL(filePath: "/bin/bash"))
        let heads = answers.output.components(separatedBy: "HTTP/1.1 ")
        #expect(heads.count == 3 && heads[1].hasSuffix("\r\n\r\n") && heads[2].hasPrefix("200"), "\(answers)")
    }

    @Test func aFullServerStillTellsThatItLives() async throws {
        let server = try await RunningServer.start(.process, options: ["--max-requests", "1", "--stop-timeout", "1"])
        let client = try await server.client(tenant: "a")
        let open = try await OpenImport.begin(client)
        #expect(try await client.get("/health/live").status == 200)
        #expect(try await client.get("/health/ready").status == 200)
        let refused = try await client.get("/v1/documents")
        #expect(refused.status == 503 && refused.code == "overloaded" && refused.headers["retry-after"] == ["1"])
        // An upload that never ends does not delay the shutdown.
        _ = await server.stop()
        open.end()
    }
}
