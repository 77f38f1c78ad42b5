import Foundation
import JSON
import NIOCore
import Testing

/// Malformed HTTP/1, byte by byte, sent to a running server.
@Suite(.timeLimit(.minutes(10))) struct HTTPRulesTests {
    struct Case: Sendable {
        let request: String
        let status: String
        /// A part of the response.
        var has = ""
        var closes = true
    }

    private static let host = "Host: 127.0.0.1\r\n"

    static let cases: [Case] = [
        Case(request: "GET /health/live HTTP/1.1\r\n\r\n", status: "400", has: "no Host"),
        Case(request: "GET /health/live HTTP/1.1\r\n\(host)\(host)\r\n", status: "400", has: "more than one Host"),
        Case(request: "GET /health/live HTTP/1.1\r\nHost: a b\r\n\r\n", status: "400"),
        Case(request: "GET /health/live HTTP/1.1\r\n\(host)\r\n", status: "200", closes: false),
        Case(request: "GET /health/live HTTP/1.1\r\n\(host)Connection: Close\r\n\r\n", status: "200", has: "connection: close"),
        Case(request: "GET /health/live HTTP/1.0\r\n\r\n", status: "200", has: #"{"status":"live"}"#),
        Case(request: "GET /openapi.json HTTP/1.0\r\n\r\n", status: "200", has: "connection: close"),
        Case(
            request: "GET /health/live HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", status: "200", has: "connection: keep-alive",
            closes: false),
        Case(request: "GET //metrics HTTP/1.1\r\n\(host)\r\n", status: "404", closes: false),
        Case(request: "GET /metrics/ HTTP/1.1\r\n\(host)\r\n", status: "404", closes: false),
        Case(request: "POST /mcp/ HTTP/1.1\r\n\(host)\r\n", status: "401", closes: false),
        Case(request: "POST /v1/search/ HTTP/1.1\r\n\(host)\r\n", status: "404", closes: false),
        Case(request: "GET /v1/../metrics HTTP/1.1\r\n\(host)\r\n", status: "404", closes: false),
        Case(request: "GET http://127.0.0.1/health/live HTTP/1.1\r\n\(host)\r\n", status: "200", closes: false),
        Case(request: "GET http://evil.example/health/live HTTP/1.1\r\n\(host)\r\n", status: "400"),
        Case(request: "GET /health/live#a HTTP/1.1\r\n\(host)\r\n", status: "400"),
        Case(request: "GET health HTTP/1.1\r\n\(host)\r\n", status: "400"),
        Case(request: "TRACE /health/live HTTP/1.1\r\n\(host)\r\n", status: "405", has: "Allow: GET, HEAD", closes: false),
        Case(request: "TRACE /mcp HTTP/1.1\r\n\(host)\r\n", status: "401", closes: false),
        Case(request: "CONNECT 127.0.0.1:80 HTTP/1.1\r\n\(host)\r\n", status: "501", has: "not_implemented"),
        Case(request: "NONSENSE / HTTP/1.1\r\n\(host)\r\n", status: "400"),
        Case(request: "GET / HTTP/2.0\r\n\(host)\r\n", status: "400"),
        Case(request: "nonsense\r\n\r\n", status: "400", has: "application/problem+json"),
        Case(request: "\u{16}\u{3}\u{1}\u{2}", status: "400"),
        Case(
            request: "POST /v1/search HTTP/1.1\r\n\(host)Expect: gold\r\nContent-Length: 5\r\n\r\n", status: "417",
            has: "expectation_failed"),
        Case(
            request: "POST /v1/search HTTP/1.1\r\n\(host)Content-Encoding: br\r\nContent-Length: 5\r\n\r\nabcde", status: "415",
            has: "unsupported_encoding"),
        Case(
            request: "POST /v1/search HTTP/1.1\r\n\(host)Content-Encoding: identity\r\nContent-Length: 5\r\n\r\nabcde", status: "401",
            closes: false),
        Case(
            request: "POST /v1/search HTTP/1.1\r\n\(host)Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", status: "501",
            has: "not_implemented"),
        Case(request: "POST /v1/search HTTP/1.1\r\n\(host)Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", status: "400"),
        Case(request: "POST /v1/search HTTP/1.1\r\n\(host)Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", status: "501"),
        Case(request: "POST /v1/search HTTP/1.1\r\n\(host)Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", status: "400"),
        Case(request: "POST /v1/search HTTP/1.0\r\n\(host)Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", status: "400"),
        Case(
            request: "POST /v1/search HTTP/1.1\r\n\(host)Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", status: "400"),
        Case(
            request: "POST /v1/search HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", status: "400"),
        Case(request: "POST /v1/search HTTP/1.1\r\n\(host)Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", status: "400"),
        Case(request: "POST /v1/search HTTP/1.1\r\n\(host)Content-Length: -5\r\n\r\n", status: "400"),
        Case(request: "POST /v1/search HTTP/1.1\r\n\(host)Content-Length: +5\r\n\r\nabcde", status: "400"),
        Case(request: "POST /v1/search HTTP/1.1\r\n\(host)Content-Length: 5, 5\r\n\r\nabcde", status: "400"),
        Case(request: "POST /v1/search HTTP/1.1\r\n\(host)Content-Length: 99999999999999999999999\r\n\r\n", status: "400"),
        Case(request: "GET /health/live HTTP/1.1\r\n\(host)a: b\r\n folded\r\n\r\n", status: "400"),
        Case(request: "GET /health/live HTTP/1.1\n\(host)\n", status: "400"),
        Case(request: "GET /health/live HTTP/1.1\r\n\(host)a\u{0}: b\r\n\r\n", status: "400"),
        Case(request: "GET /health/live HTTP/1.1\r\n\(host): b\r\n\r\n", status: "400"),
        Case(request: "GET /\(String(repeating: "a", count: 70_000)) HTTP/1.1\r\n\(host)\r\n", status: "414", has: "uri_too_long"),
        Case(request: "GET /\(String(repeating: "a", count: 100_000)) HTTP/1.1\r\n\(host)\r\n", status: "414", has: "uri_too_long"),
        Case(request: "GET /\(String(repeating: "a", count: 200_000)) HTTP/1.1\r\n\(host)\r\n", status: "414", has: "uri_too_long"),
        Case(
            request: "GET / HTTP/1.1\r\n\(host)\(String(repeating: "a: b\r\n", count: 300))\r\n", status: "431", has: "headers_too_large"),
        Case(
            request: "GET / HTTP/1.1\r\n\(host)a: \(String(repeating: "b", count: 200_000))\r\n\r\n", status: "431",
            has: "headers_too_large"),
        // The path decides the format of the error, even if the head has not been read in full.
        Case(
            request: "GET /v1/models?a=b HTTP/1.1\r\n\(host)a: \(String(repeating: "b", count: 200_000))\r\n\r\n", status: "431",
            has: #"{"error":{"message":"the headers are larger"#),
        Case(
            request: "GET /v1/models/\(String(repeating: "a", count: 70_000)) HTTP/1.1\r\n\(host)\r\n", status: "414",
            has: #"{"error":{"message":"the request target is longer"#),
        Case(
            request: "POST /mcp HTTP/1.1\r\n\(host)a: \(String(repeating: "b", count: 200_000))\r\n\r\n", status: "431",
            has: #"{"jsonrpc":"2.0","id":null,"error":"#),
        Case(
            request: "POST /mcp HTTP/1.1\r\n\(host)Content-Length: x\r\n\r\n", status: "400",
            has: #"{"jsonrpc":"2.0","id":null,"error":"#),
        Case(request: "GET /health/live HTTP/1.1\r\n\(host)contextd-refusal: timeout\r\n\r\n", status: "200", closes: false),
        // An upgrade that is not performed: NIO would read nothing after it.
        Case(
            request: "GET /health/live HTTP/1.1\r\n\(host)Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n", status: "200",
            has: "connection: close"),
        Case(request: "GET /health/live HTTP/1.1\r\nHost: evil.example\r\n\r\n", status: "421", closes: false),
        Case(request: "GET /health/live HTTP/1.1\r\nHost: localhost:9999\r\n\r\n", status: "200", closes: false),
        Case(request: "GET /health/live HTTP/1.1\r\nHost: localhost.evil.example:80\r\n\r\n", status: "421", closes: false),
    ]

    /// Each request gets its response, and the connection is then closed or not; a second request shows which.
    @Test func eachIsAnsweredAsItShould() async throws {
        let server = try await RunningServer.start()
        for item in Self.cases {
            try await RawSocket.connect(server.port) { socket in
                try await socket.send(item.request)
                let first = try await socket.response()
                let name = "\(item.request.prefix(100).debugDescription)"
                #expect(
                    first?.hasPrefix("HTTP/1.1 \(item.status)") == true || first?.hasPrefix("HTTP/1.0 \(item.status)") == true,
                    "\(name): \(first ?? "nothing")")
                #expect(item.has.isEmpty || first?.contains(item.has) == true, "\(name): \(first ?? "nothing")")
                if item.closes {
                    #expect(try await socket.isClosed(), "\(name)")
                } else {
                    try await socket.send("GET /health/live HTTP/1.1\r\n\(Self.host)\r\n")
                    #expect(try await socket.head()?.contains(" 200 ") == true, "\(name)")
                }
            }
        }
        #expect(await server.stop() == 0)
    }

    /// Invalid framing inside a body that is being read.
    @Test func brokenChunksAreRefusedAndTheConnectionEnds() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let head = "POST /v1/search HTTP/1.1\r\n\(Self.host)Authorization: Bearer \(client.key ?? "")\r\nTransfer-Encoding: chunked\r\n\r\n"
        for chunks in [
            "-5\r\nabcde\r\n0\r\n\r\n", "fffffffffffffffff\r\na", "5\r\nabcdeGET / HTTP/1.1\r\n\r\n", "x\r\n", "5 \r\nabcde\r\n0\r\n\r\n",
            "5\nabcde\n0\n\n",
        ] {
            try await RawSocket.connect(server.port) { socket in
                try await socket.send(head + chunks)
                let answer = try await socket.response()
                #expect(answer?.hasPrefix("HTTP/1.1 400 ") == true, "\(chunks.debugDescription): \(answer ?? "nothing")")
                #expect(try await socket.isClosed(), "\(chunks.debugDescription)")
            }
        }
        // A chunk extension is allowed and ignored.
        try await RawSocket.connect(server.port) { socket in
            try await socket.send(head + "d;a=b\r\n{\"query\":\"a\"}\r\n0\r\n\r\n")
            #expect(try await socket.head()?.hasPrefix("HTTP/1.1 200 ") == true)
        }
    }

    struct Expecting: Sendable {
        let line: String
        let type: String
        let body: String
        var expect = "Expect: 100-continue"
        var status = "200"
        var isChunked = false
    }

    static let document = #"{"id":"a","text":"The kettle is on the stove."}"# + "\n"
    static let expecting = [
        Expecting(line: "PUT /v1/documents/kettle", type: "text/plain", body: "The kettle is on the stove.", status: "202"),
        Expecting(line: "POST /v1/search", type: "application/json", body: #"{"query":"kettle"}"#, expect: "expect: 100-Continue"),
        Expecting(line: "POST /v1/documents/import", type: "application/x-ndjson", body: document),
        Expecting(line: "POST /v1/documents/import", type: "application/x-ndjson", body: document, isChunked: true),
        Expecting(line: "POST /mcp", type: "application/json", body: #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#),
        Expecting(line: "POST /v1/embeddings", type: "application/json", body: #"{"model":"all-MiniLM-L6-v2","input":"a"}"#),
    ]

    /// Every route that reads a body asks for it, also one that responds while it reads. The connection then serves the next request.
    @Test func everyRouteAsksForItsBody() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        for item in Self.expecting {
            try await RawSocket.connect(server.port) { socket in
                let framing = item.isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(item.body.utf8.count)"
                let key = "Authorization: Bearer \(client.key ?? "")"
                let fields = [key, "Content-Type: \(item.type)", item.expect, framing]
                try await socket.send("\(item.line) HTTP/1.1\r\n\(Self.host)\(fields.joined(separator: "\r\n"))\r\n\r\n")
                #expect(try await socket.head() == "HTTP/1.1 100 Continue\r\n\r\n", "\(item)")
                let chunk = "\(String(item.body.utf8.count, radix: 16))\r\n\(item.body)\r\n0\r\n\r\n"
                try await socket.send(item.isChunked ? chunk : item.body)
                let head = try await socket.head()
                #expect(head?.hasPrefix("HTTP/1.1 \(item.status) ") == true, "\(item): \(head ?? "nothing")")
                guard item.line.hasSuffix("import") else { return }
                let done = Array(#""done":true"#.utf8)
                let end = try await socket.read { $0.readableBytesView.firstRange(of: done).map { _ in true } }
                #expect(end == true)
            }
        }
        // A rejected import is not asked for.
        try await RawSocket.connect(server.port) { socket in
            try await socket.send(
                "POST /v1/documents/import HTTP/1.1\r\n\(Self.host)Authorization: Bearer ctx_wrong_wrong\r\n"
                    + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")
            #expect(try await socket.response()?.hasPrefix("HTTP/1.1 401 ") == true)
        }
        #expect(await server.stop() == 0)
    }

    @Test func aBodyIsAskedForOnceTheKeyIsKnown() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let body = #"{"query":"a"}"#
        func head(_ key: String, _ length: Int) -> String {
            "POST /v1/search HTTP/1.1\r\n\(Self.host)Authorization: Bearer \(key)\r\nExpect: 100-continue\r\nContent-Length: \(length)\r\n\r\n"
        }
        try await RawSocket.connect(server.port) { socket in
            for _ in 0..<2 {
                try await socket.send(head(client.key ?? "", body.utf8.count))
                #expect(try await socket.head() == "HTTP/1.1 100 Continue\r\n\r\n")
                try await socket.send(body)
                #expect(try await socket.response()?.hasPrefix("HTTP/1.1 200 ") == true)
            }
        }
        for (key, length, status) in [("none", body.utf8.count, "401"), (client.key ?? "", 1 << 40, "413")] {
            try await RawSocket.connect(server.port) { socket in
                try await socket.send(head(key, length))
                #expect(try await socket.response()?.hasPrefix("HTTP/1.1 \(status) ") == true)
                #expect(try await socket.isClosed())
            }
        }
    }

    /// The client sends endlessly; it gets its response, and the server reads little of what it sends.
    @Test(arguments: [
        "Content-Length: 100000000000\r\n", "Transfer-Encoding: chunked\r\n", "Content-Length: 100000000000\r\nConnection: close\r\n",
    ])
    func anUploadThatIsRefusedEarlyIsNotReadToItsEnd(framing: String) async throws {
        let server = try await RunningServer.start(.process)
        try await RawSocket.connect(server.port) { socket in
            try await socket.send("POST /v1/documents HTTP/1.1\r\n\(Self.host)\(framing)\r\n")
            let chunk = "10000\r\n" + String(repeating: "a", count: 1 << 16) + "\r\n"
            // A separate writer, which ends with the connection; the bound of its loop is far beyond what may be read.
            let channel = socket.channel
            let writer = Task {
                var sent = 0
                while sent < 256 << 20 {
                    guard (try? await channel.writeAndFlush(ByteBuffer(string: chunk))) != nil else { break }
                    sent += chunk.utf8.count
                }
                return sent
            }
            #expect(try await socket.response()?.hasPrefix("HTTP/1.1 401 ") == true)
            _ = try await socket.isClosed()
            let sent = await writer.value
            #expect(sent < 64 << 20, "\(sent) bytes")
        }
        #expect(await server.stop() == 0)
    }
}
