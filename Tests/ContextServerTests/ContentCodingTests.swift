import ContextServer
import JSON
import NIOHTTP1
import TestSupport
import Testing

/// Compressed requests and responses.
@Suite(.timeLimit(.minutes(10))) struct ContentCodingTests {
    // MARK: What clients accept

    @Test(arguments: [
        ([], false, false), ([""], false, false), (["gzip"], true, false), (["x-gzip"], true, false), (["GZIP ; Q=0.5"], true, false),
        (["br, deflate"], false, false), (["gzip;q=0"], false, false), (["*"], true, false), (["*;q=0.1"], true, false),
        (["gzip;q=0, *"], false, false), (["identity;q=0, gzip"], true, true), (["gzip;q=0.5, identity"], false, false),
        (["gzip;q=0.5, identity;q=0.5"], true, false), (["br;q=1.0, gzip;q=0.8, *;q=0.1"], true, false), (["*;q=0, gzip"], true, true),
        (["deflate", "gzip"], true, false), (["gzip;q=2"], false, false), (["gzip;level=9"], false, false), ([",,gzip,"], true, false),
        (["*;q=0, identity"], false, false),
    ])
    func acceptEncodingIsReadAsItsSpecificationSays(fields: [String], prefersGzip: Bool, refusesIdentity: Bool) {
        let accepted = AcceptedCodings(fields)
        #expect(accepted.prefersGzip == prefersGzip && accepted.refusesIdentity == refusesIdentity && !accepted.refusesAll)
    }

    @Test(arguments: [["identity;q=0"], ["*;q=0"], ["gzip;q=0, identity;q=0"], ["identity;q=0, br"]])
    func clientsMayRefuseEverything(fields: [String]) { #expect(AcceptedCodings(fields).refusesAll) }

    @Test func aCompressedFormHasATagOfItsOwn() {
        #expect(CodedEntityTag.coded("\"abc\"") == "\"abc-gzip\"" && CodedEntityTag.coded("W/\"abc\"") == "W/\"abc\"")
        #expect(CodedEntityTag.plain("\"abc-gzip\", W/\"d\", \"e-gzip\"") == "\"abc\", W/\"d\", \"e\"")
        #expect(CodedEntityTag.plain("*") == "*" && !CodedEntityTag.isCoded("\"abc\", *") && CodedEntityTag.isCoded("\"abc-gzip\""))
    }

    @Test func aBodyMayGrowOnlySoMuch() {
        let limit = InflationLimit()
        #expect(limit.allows(decoded: 4 << 20, received: 1) && !limit.allows(decoded: (4 << 20) + 101, received: 1))
        #expect(limit.allows(decoded: 100 << 20, received: 1 << 20) && !limit.allows(decoded: 102 << 20, received: 1 << 20))
    }

    // MARK: Requests

    @Test func everyRouteDecodesItsBody() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let posted = try await client.sendGzip("POST", "/v1/documents?wait=true", #"{"id":"json","text":"A lantern hangs."}"#)
        #expect(posted.status == 200, "\(posted.text)")
        let put = try await client.sendGzip(
            "PUT", "/v1/documents/raw?wait=true", "A lantern burns.", type: "text/plain", coding: "x-gzip")
        #expect(put.status == 200, "\(put.text)")
        let form = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nA lantern glows.\r\n--b--\r\n"
        let uploaded = try await client.sendGzip("PUT", "/v1/documents/form?wait=true", form, type: "multipart/form-data; boundary=b")
        #expect(uploaded.status == 200, "\(uploaded.text)")
        // Two members, as tools that write in parallel make them.
        let lines =
            try Coded.gzip("{\"id\":\"one\",\"text\":\"A lantern\"}\n{\"id\":\"t") + Coded.gzip("wo\",\"text\":\"A lantern shines\"}\n")
        let imported = try await client.send(
            .POST, "/v1/documents/import", lines, type: "application/x-ndjson", headers: [("Content-Encoding", "gzip")])
        #expect(imported.lines.last?["processed"] == 2 && imported.lines.last?["done"] == true, "\(imported.text)")
        let found = try await client.sendGzip("POST", "/v1/search", #"{"query":"lantern","mode":"lexical"}"#, coding: "GZIP")
        #expect(found.json["results"]?.arrayValue?.count == 5, "\(found.text)")
        let embedded = try await client.sendGzip("POST", "/v1/embeddings", #"{"model":"all-MiniLM-L6-v2","input":"a"}"#)
        #expect(embedded.status == 200, "\(embedded.text)")
        let answered = try await client.sendGzip(
            "POST", "/v1/chat/completions", #"{"messages":[{"role":"user","content":"What hangs?"}]}"#)
        #expect(answered.status == 200, "\(answered.text)")
        let pinged = try await client.send(
            .POST, "/mcp", Coded.gzip(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#), type: "application/json",
            headers: [("Content-Encoding", "gzip"), ("Accept", "application/json, text/event-stream, application/x-ndjson")])
        #expect(pinged.json["result"] == [:], "\(pinged.text)")
    }

    @Test func aBodyThatIsNotWhatItSaysGetsAnError() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let good = try Coded.gzip(#"{"query":"lantern"}"#)
        var flipped = good
        flipped[good.count - 6] ^= 1
        for (bytes, status, code) in [
            (Array(good.dropLast(5)), 400, "invalid_encoding"), (flipped, 400, "invalid_encoding"),
            (Array("{\"query\":\"lantern\"}".utf8), 400, "invalid_encoding"), (good + [1], 400, "invalid_encoding"),
            // No bytes are an empty body, and so are those that decode to none.
            ([], 400, nil), (try Coded.gzip([]), 400, nil), (good + [0, 0], 200, nil),
        ] as [([UInt8], Int, String?)] {
            let answer = try await client.send(
                .POST, "/v1/search", bytes, type: "application/json", headers: [("Content-Encoding", "gzip")])
            #expect(answer.status == status && (code == nil || answer.code == code), "\(bytes.count) bytes: \(answer.text)")
        }
        for coding in ["br", "gzip, gzip", "zstd", "gzip, br"] {
            let answer = try await client.send(
                .POST, "/v1/search", good, type: "application/json", headers: [("Content-Encoding", coding)])
            #expect(answer.status == 415 && answer.code == "unsupported_encoding", "\(coding): \(answer.text)")
            #expect(answer.headers["accept-encoding"] == ["gzip, deflate, identity"])
        }
        let imported = try await client.send(
            .POST, "/v1/documents/import", Array(good.dropLast(5)), type: "application/x-ndjson", headers: [("Content-Encoding", "gzip")])
        #expect(imported.lines.last?["error"]?["code"] == "invalid_encoding", "\(imported.text)")
    }

    /// A few kilobytes that decode to a gigabyte are refused, wherever they are sent, and take no memory.
    @Test func aBombIsRefused() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let bomb = try Coded.bomb(megabytes: 100)
        for (path, type) in [
            ("/v1/search", "application/json"), ("/v1/documents", "application/json"), ("/mcp", "application/json"),
            ("/v1/documents/import", "application/x-ndjson"),
        ] {
            let answer = try await client.send(
                .POST, path, bomb, type: type,
                headers: [("Content-Encoding", "gzip"), ("Accept", "application/json, text/event-stream, application/x-ndjson")])
            guard path.hasSuffix("import") else {
                #expect(answer.status == 413 && answer.code == "too_large", "\(path): \(answer.text.prefix(300))")
                continue
            }
            #expect(answer.lines.last?["error"]?["code"] == "too_large", "\(answer.text.prefix(300))")
        }
        let patient = try await RunningServer.start(options: ["--set", "compression.maximum_ratio=2000"])
        let other = try await patient.client(tenant: "a")
        let answer = try await other.send(
            .PUT, "/v1/documents/d", bomb, type: "text/plain", headers: [("Content-Encoding", "gzip")])
        #expect(answer.status == 413, "the size limit holds at any ratio: \(answer.text)")
    }

    // MARK: Responses

    @Test func largeTextIsCompressedForThoseWhoAcceptIt() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        // Around the sizes at which bodies are compressed elsewhere, and in parts.
        for (id, words) in [("small", 5), ("medium", 30), ("large", 100)] {
            // Words too long for the model: each takes one token.
            let text = (0..<words).map { "heron" + String(repeating: "\($0)", count: 1000 / "\($0)".count) }.joined(separator: " ")
            #expect(try await client.put("/v1/documents/\(id)?wait=true", text, type: "text/plain").status == 200)
            let path = "/v1/documents/\(id)/content"
            let plain = try await client.raw(.GET, path)
            #expect(plain.headers["content-encoding"] == [] && plain.headers["vary"] == ["Accept-Encoding"])
            #expect(plain.body == Array(text.utf8))
            let coded = try await client.raw(.GET, path, accepting: "gzip")
            #expect(coded.headers["content-encoding"] == ["gzip"] && coded.headers["vary"] == ["Accept-Encoding"], "\(coded.headers)")
            #expect(coded.body.count < plain.body.count / 3)
            #expect(try Coded.plain(coded.body) == plain.body, "\(id)")
            // The length is that of what is sent.
            let length = coded.headers["content-length"].first.flatMap { Int($0) }
            #expect(length == nil || length == coded.body.count)
            let head = try await client.raw(.HEAD, path, accepting: "gzip")
            #expect(head.status == 200 && head.body.isEmpty && head.headers["vary"] == ["Accept-Encoding"])
            #expect(head.headers["content-encoding"] == [] && head.headers["content-length"] == ["\(plain.body.count)"])
        }
        let found = try await client.raw(.POST, "/v1/search", ["query": "heron", "limit": 50, "mode": "dense"], accepting: "gzip")
        #expect(found.headers["content-encoding"] == ["gzip"])
        #expect(try JSONValue(parsing: Coded.plain(found.body))["results"]?.arrayValue?.isEmpty == false)
        let metrics = try await client.raw(.GET, "/metrics", accepting: "gzip")
        #expect(try String(decoding: Coded.plain(metrics.body), as: UTF8.self).contains("contextd_build_info"))
    }

    @Test func smallResponsesAndStreamsAreNotCompressed() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let live = try await client.raw(.GET, "/health/live", accepting: "gzip")
        #expect(live.headers["content-encoding"] == [])
        let document: JSONValue = ["id": "d", "text": "A lantern hangs in the boathouse."]
        let made = try await client.raw(.POST, "/v1/documents?wait=true", document, accepting: "gzip")
        #expect(made.status == 200 && made.headers["content-encoding"] == [])
        let chat: JSONValue = ["messages": [["role": "user", "content": "Where does the lantern hang?"]], "stream": true]
        let stream = try await client.raw(.POST, "/v1/chat/completions", chat, accepting: "gzip")
        #expect(stream.headers["content-encoding"] == [] && stream.text.contains("boathouse"))
        // A client that accepts nothing else gets everything compressed, streams event by event.
        let only = "gzip, identity;q=0"
        let tiny = try await client.raw(.GET, "/health/live", accepting: only)
        #expect(tiny.headers["content-encoding"] == ["gzip"])
        #expect(try Coded.plain(tiny.body) == live.body)
        let codedStream = try await client.raw(.POST, "/v1/chat/completions", chat, accepting: only)
        #expect(codedStream.headers["content-encoding"] == ["gzip"])
        #expect(try String(decoding: Coded.plain(codedStream.body), as: UTF8.self).contains("boathouse"))
        let nothing = try await client.raw(.GET, "/health/live", accepting: "identity;q=0")
        #expect(nothing.status == 406 && nothing.code == "not_acceptable")
    }

    @Test func theOperatorMayTurnItOff() async throws {
        let server = try await RunningServer.start(options: ["--set", "compression.responses=false"])
        let document = try await TestClient(base: server.base, key: nil).raw(.GET, "/openapi.json", accepting: "gzip")
        #expect(document.status == 200 && document.headers["content-encoding"] == [] && document.headers["vary"] == [])
    }
}
