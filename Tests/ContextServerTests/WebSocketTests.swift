import CommandSupport
import Foundation
import JSON
import NIOCore
import ScriptedUpstream
import TestSupport
import Testing

/// `/api/mcp/ws` of a running server: questions and answers, and hostile clients.
@Suite(.timeLimit(.minutes(10))) struct WebSocketTests {
    private static let question = "How long is bread baked?"

    private func server(options: [String] = []) async throws -> (RunningServer, TestClient) {
        let server = try await RunningServer.start(options: options)
        let client = try await server.client(tenant: "t")
        for (id, text) in ChatTests.documents {
            _ = try await client.post("/v1/documents?wait=true", ["id": .string(id), "text": .string(text)])
        }
        return (server, client)
    }

    @Test func answersAreThoseOfTheOtherRoutes() async throws {
        let (server, client) = try await server()
        let direct = try await client.post("/api/mcp/query", ["query": .string(Self.question)])
        #expect(direct.status == 200, "\(direct.text)")
        try await WebSocketProbe.open(server, key: client.key) { probe in
            // Requests without an id are answered in order, including invalid ones.
            try await probe.send(["query": .string(Self.question)])
            try await probe.send(["qeury": "x"])
            try await probe.send(1, Array("{".utf8))
            try await probe.send(["query": .string(Self.question), "stream": true, "type": "query"])
            var answer = try #require(try await probe.next()?.json.objectValue)
            #expect(answer["type"] == "answer" && answer["id"] == nil)
            answer["type"] = nil
            #expect(JSONValue.object(answer) == direct.json)
            for code in ["invalid_request", "invalid_json"] {
                let refused = try #require(try await probe.next()?.json)
                #expect(refused["type"] == "error" && refused["error"]?["code"]?.stringValue == code, "\(refused)")
                #expect(refused["error"]?["request_id"]?.stringValue?.isEmpty == false)
            }
            var text = ""
            while let part = try await probe.next()?.json, part["type"] == "token" { text += part["content"]?.stringValue ?? "" }
            #expect(text == direct.json["content"]?.stringValue && !text.isEmpty)
            // Requests with ids may be answered in any order, each with its id.
            for id: JSONValue in ["a", 1, "1"] { try await probe.send(["query": .string(Self.question), "id": id]) }
            var ids: [JSONValue] = []
            for _ in 0..<3 {
                let answer = try #require(try await probe.next()?.json)
                #expect(answer["content"] == direct.json["content"] && answer["citations"] == direct.json["citations"])
                ids.append(answer["id"] ?? .null)
            }
            #expect(ids.count == 3 && ["a", 1, "1"].allSatisfy(ids.contains))
            try await probe.send(9, Array("are you there".utf8))
            let pong = try await probe.next()
            #expect(pong?.opcode == 10 && pong?.text == "are you there")
            try await probe.send(8, [0x03, 0xE8])
            #expect(try await probe.next()?.code == 1000)
            #expect(try await probe.socket.isClosed())
        }
        #expect(await server.stop() == 0)
    }

    static let handshakes: [(change: String, to: String?, status: String)] = [
        ("Upgrade: websocket", nil, "426"), ("Upgrade: websocket", "Upgrade: h2c", "426"),
        ("Connection: Upgrade", "Connection: keep-alive", "426"),
        ("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8", "426"), ("Sec-WebSocket-Version: 13", nil, "426"),
        ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Key: short", "400"),
        ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", nil, "400"), ("Host: 127.0.0.1:PORT", "Host: evil.example", "421"),
        ("Host: 127.0.0.1:PORT", "Host: 127.0.0.1:PORT\r\nOrigin: https://evil.example", "403"),
        ("Host: 127.0.0.1:PORT", "Host: 127.0.0.1:PORT\r\nOrigin: http://127.0.0.1:PORT", "101"),
        ("Host: 127.0.0.1:PORT", "Host: 127.0.0.1:PORT\r\nOrigin: https://app.example", "101"),
        ("Connection: Upgrade", "Connection: keep-alive, Upgrade\r\nSec-WebSocket-Extensions: permessage-deflate", "101"),
    ]

    @Test func badHandshakesAreRequestsThatAreRefused() async throws {
        let server = try await RunningServer.start(options: ["--allowed-origin", "https://app.example"])
        for (change, to, status) in Self.handshakes {
            let lines = WebSocketProbe.handshake.compactMap { $0 == change ? to : $0 }
            try await RawSocket.connect(server.port) { socket in
                let head = try #require(try await WebSocketProbe.shake(socket, lines, port: server.port))
                #expect(head.hasPrefix("HTTP/1.1 \(status) "), "\(change) to \(to ?? "nothing"): \(head)")
                #expect(!head.lowercased().contains("permessage-deflate"))
                if status == "426" { #expect(head.lowercased().contains("upgrade: websocket")) }
                if status != "101" { #expect(head.contains("application/problem+json")) }
            }
        }
        try await RawSocket.connect(server.port) { socket in
            let head = try await WebSocketProbe.shake(socket, WebSocketProbe.handshake, port: server.port, method: "POST")
            #expect(head?.hasPrefix("HTTP/1.1 405 ") == true)
        }
        // A connection that has served other requests can still become a WebSocket.
        try await RawSocket.connect(server.port) { socket in
            try await socket.send("GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            #expect(try await socket.head()?.hasPrefix("HTTP/1.1 200 ") == true)
            _ = try await socket.read { $0.readString(length: #"{"status":"live"}"#.utf8.count) }
            #expect(try await WebSocketProbe.shake(socket, WebSocketProbe.handshake, port: server.port)?.hasPrefix("HTTP/1.1 101 ") == true)
            try await WebSocketProbe(socket: socket).send(9, [])
            #expect(try await WebSocketProbe(socket: socket).next()?.opcode == 10)
        }
        #expect(server.isRunning)
    }

    @Test func whoHasNoKeyIsShownOut() async throws {
        let (server, client) = try await server()
        let writer = try await server.client(tenant: "t", scopes: "write")
        let firsts: [(message: [UInt8], code: Int)] = [
            (Array("{}".utf8), 4401), (Array("nonsense".utf8), 4401), (Array(#"{"query":"x"}"#.utf8), 4401),
            (Array(#"{"key":"ctx_aaaaaaaaaaaa_\#(String(repeating: "a", count: 32))"}"#.utf8), 4401), (Array(#"{"key":7}"#.utf8), 4401),
            (Array(#"{"type":"hello","key":"\#(client.key ?? "")"}"#.utf8), 4401), (Array(#"{"key":"\#(writer.key ?? "")"}"#.utf8), 4403),
            (Array(#"{"key":"\#(client.key ?? "")","more":"\#(String(repeating: "a", count: 5000))"}"#.utf8), 1008),
        ]
        for (message, code) in firsts {
            try await WebSocketProbe.open(server, key: nil) { probe in
                try await probe.send(1, message)
                // A question sent afterwards gets no answer.
                try? await probe.send(["query": .string(Self.question)])
                let frame = try await probe.next()
                #expect(frame?.code == code, "\(String(decoding: message.prefix(80), as: UTF8.self)): \(String(describing: frame))")
            }
        }
    }

    @Test func aKeyIsAskedAboutForEveryQuery() async throws {
        let (server, client) = try await server()
        try await WebSocketProbe.open(server, key: client.key) { probe in
            try await probe.send(["query": .string(Self.question)])
            #expect(try await probe.next()?.json["type"] == "answer")
            let id = try #require(client.key?.split(separator: "_").dropFirst().first)
            #expect(try await CommandLineTool.run(["key", "revoke", String(id), "--data-dir", server.folder.path]).status == 0)
            try await probe.send(["query": .string(Self.question)])
            #expect(try await probe.next()?.code == 4401)
        }
    }

    @Test func violationsEndTheConnectionAndNothingElse() async throws {
        let (server, client) = try await server()
        let frame = ClientFrame.bytes
        let wrong: [(bytes: [UInt8], code: Int)] = [
            (frame(1, Array("{}".utf8), true, nil), 1002), (frame(2, [1, 2], true, [0, 0, 0, 0]), 1003),
            (frame(1, [0xFF, 0xFE], true, [0, 0, 0, 0]), 1007), ([0x81, 0xFF, 0x7F, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1009),
            (frame(1, [0x61], false, [0, 0, 0, 0]) + frame(1, [0x61], true, [0, 0, 0, 0]), 1002), ([0xF1, 0x80, 0, 0, 0, 0], 1002),
        ]
        for (bytes, code) in wrong {
            try await WebSocketProbe.open(server, key: client.key) { probe in
                try await probe.socket.send(bytes)
                #expect(try await probe.closeCode() == code)
            }
        }
        // An endless fragmented message is bounded by the number of fragments and by their bytes.
        try await WebSocketProbe.open(server, key: client.key) { probe in
            try await probe.send(1, [], isLast: false)
            for _ in 0..<2000 { try? await probe.send(0, [], isLast: false) }
            #expect(try await probe.closeCode() == 1009)
        }
        try await WebSocketProbe.open(server, key: client.key) { probe in
            let part = [UInt8](repeating: 0x61, count: 1 << 20)
            try await probe.send(1, part, isLast: false)
            for _ in 0..<5 { try? await probe.send(0, part, isLast: false) }
            #expect(try await probe.closeCode() == 1009)
        }
        try await WebSocketProbe.open(server, key: client.key) { probe in
            let pings = (0..<20_000).flatMap { _ in frame(9, [0x61], true, [1, 1, 1, 1]) }
            try await probe.socket.send(pings + frame(1, Array(#"{"query":"How long is bread baked?"}"#.utf8), true, [5, 6, 7, 8]))
            var pongs = 0
            while let next = try await probe.next(), next.opcode != 1 { pongs += next.opcode == 10 ? 1 : 0 }
            #expect(pongs == 20_000)
        }
        #expect(server.isRunning)
        #expect(try await client.get("/v1/models").status == 200)
    }

    @Test func manyQueriesAreAnsweredOrToldToWait() async throws {
        let (server, client) = try await server()
        try await WebSocketProbe.open(server, key: client.key) { probe in
            for id in 0..<60 { try await probe.send(["query": .string(Self.question), "id": .init(id)]) }
            var seen: [Int: String] = [:]
            for _ in 0..<60 {
                let answer = try #require(try await probe.next()?.json)
                let id = try #require(answer["id"]?.intValue)
                #expect(seen[id] == nil)
                seen[id] = answer["type"] == "answer" ? "answer" : answer["error"]?["code"]?.stringValue
            }
            #expect(seen.count == 60 && Set(seen.values).isSubset(of: ["answer", "overloaded"]) && seen[0] == "answer", "\(seen)")
        }
    }

    /// Starts a provider that follows `script`, and a server with the model `writer` there.
    private func serve(
        _ script: @escaping ScriptedUpstream.Script,
        _ body: @escaping @Sendable (ScriptedUpstream, RunningServer, TestClient) async throws -> Void
    ) async throws {
        try await ScriptedUpstream.serve(script) { upstream in
            let folder = try TestPaths.scratch("websocket")
            let model: JSONValue = ["provider": "openai", "model": "m", "base_url": .string(upstream.base)]
            try JSONValue.object(["completions": ["models": ["writer": model]]]).description
                .write(to: folder.appending(path: "contextd.json"), atomically: true, encoding: .utf8)
            let server = try await RunningServer.start(folder: folder)
            try await body(upstream, server, try await server.client(tenant: "t"))
            withExtendedLifetime(server) {}
        }
    }

    private static let ask: JSONValue = ["query": "x", "retrieval": ["enabled": false], "stream": true]
    private static let head = ScriptedUpstream.Step.head(length: nil, type: "text/event-stream")

    private static func delta(_ text: String) -> ScriptedUpstream.Step {
        .text("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\(text)\"}}]}\n\n")
    }

    /// However the client disconnects, the provider's connection is closed immediately.
    @Test(arguments: ["close", "half", "farewell"]) func whoLeavesEndsTheAnswer(how: String) async throws {
        try await serve({ _ in [Self.head, Self.delta("Forty"), .stall] }) { upstream, server, client in
            try await WebSocketProbe.open(server, key: client.key) { probe in
                try await probe.send(Self.ask)
                #expect(try await probe.next()?.json["content"] == "Forty")
                switch how {
                case "half": probe.socket.halfClose()
                case "farewell": try await probe.send(8, [0x03, 0xE9])
                default: try await probe.socket.channel.close()
                }
                await upstream.untilClosed(1)
            }
            #expect(server.isRunning)
        }
    }

    @Test func theStopWaitsForAnswersAndSaysSo() async throws {
        try await serve({ _ in
            [
                Self.head, Self.delta("Forty"), .wait("on"),
                .text("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"),
            ]
        }) { upstream, server, client in
            try await WebSocketProbe.open(server, key: client.key) { idle in
                try await idle.send(9, [])
                #expect(try await idle.next()?.opcode == 10)
                try await WebSocketProbe.open(server, key: client.key) { probe in
                    try await probe.send(Self.ask)
                    #expect(try await probe.next()?.json["content"] == "Forty")
                    async let status = server.stop()
                    // The idle client is notified first.
                    #expect(try await idle.next()?.code == 1001)
                    try await probe.send(Self.ask)
                    #expect(try await probe.next()?.json["error"]?["code"] == "overloaded")
                    upstream.release("on")
                    #expect(try await probe.next()?.json["type"] == "answer")
                    #expect(try await probe.next()?.code == 1001)
                    try await probe.send(8, [0x03, 0xE9])
                    try await idle.send(8, [0x03, 0xE9])
                    #expect(await status == 0)
                }
            }
        }
    }

    /// A client that does not read applies backpressure to the provider: the server does not buffer the rest of the answer.
    @Test func whoReadsSlowlyHoldsUpTheProvider() async throws {
        let piece = String(repeating: "word ", count: 10_000)
        let end = ScriptedUpstream.Step.text("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
        // 30 MB each, of which the socket buffers in between hold some.
        try await serve({ _ in [Self.head] + Array(repeating: Self.delta(piece), count: 600) + [end] }) { upstream, server, client in
            try await WebSocketProbe.open(server, key: client.key) { probe in
                try await probe.send(Self.ask)
                #expect(try await probe.next()?.json["type"] == "token")
                // A second client that reads gets its whole answer, while the provider's connection for the first one is still blocked.
                let quick = try await client.post(
                    "/v1/chat/completions", ["model": "writer", "messages": [["role": "user", "content": "x"]], "stream": true])
                #expect(quick.body.count > 600 * piece.utf8.count, "\(quick.text.suffix(300))")
                await upstream.untilClosed(1)
                #expect(upstream.closed == 1)
                var tokens = 1
                var last = JSONValue.null
                while let part = try await probe.next()?.json {
                    last = part
                    guard part["type"] == "token" else { break }
                    tokens += 1
                }
                #expect(tokens == 600 && last["type"] == "answer", "\(last["error"] ?? .null)")
            }
        }
    }
}
