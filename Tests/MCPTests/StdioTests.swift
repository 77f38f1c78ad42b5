import JSON
import MCP
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10))) struct StdioTests {
    /// Returns everything written in response to these lines, in order.
    private func answers(_ lines: [[UInt8]], limits: MCPLimits = MCPLimits()) async throws -> [JSONValue] {
        let connection = Connection(limits: limits)
        for line in lines { connection.send(line) }
        connection.close()
        return try await connection.run()
    }

    private func answers(_ messages: [JSONValue], limits: MCPLimits = MCPLimits()) async throws -> [JSONValue] {
        try await answers(messages.map { $0.serialized() }, limits: limits)
    }

    @Test func bothErasOnOneConnection() async throws {
        let written = try await answers([
            Harness.message("initialize", Harness.handshake, id: "i"), Harness.message("notifications/initialized", id: nil),
            Harness.message("tools/list", id: 1), Harness.modernMessage("tools/list", id: 2), Harness.message("ping", id: 3),
            Harness.modernMessage("ping", id: 4), Harness.message("server/discover", id: 5),
            Harness.modernMessage("server/discover", id: 6),
        ])
        let byID = Dictionary(uniqueKeysWithValues: written.map { ($0["id"] ?? nil, $0) })
        #expect(byID.count == 7)
        #expect(byID["i"]?["result"]?["protocolVersion"] == "2025-11-25")
        #expect(byID[1]?["result"]?["resultType"] == nil)
        #expect(byID[1]?["result"]?["tools"]?[0]?["outputSchema"] != nil)
        #expect(byID[2]?["result"]?["resultType"] == "complete")
        #expect(byID[3]?["result"] == [:])
        #expect(byID[4]?["error"]?["code"] == -32601)
        #expect(byID[5]?["error"]?["code"] == -32601)
        #expect(byID[6]?["result"]?["supportedVersions"] == ["2026-07-28"])
    }

    @Test func theHandshakeFixesTheRevision() async throws {
        for version in Harness.legacy {
            var handshake = Harness.handshake
            handshake["protocolVersion"] = .string(version)
            let call: JSONObject = ["name": "fetch", "arguments": ["id": "shared"]]
            let written = try await answers([
                Harness.message("initialize", handshake, id: 0), Harness.message("tools/call", call, id: 1),
                Harness.message("resources/read", ["uri": "contextd://documents/none"], id: 2),
                Harness.modernMessage("resources/read", ["uri": "contextd://documents/none"], id: 3),
            ]).sorted { ($0["id"]?.intValue ?? 0) < ($1["id"]?.intValue ?? 0) }
            #expect(written.count == 4)
            #expect((written[1]["result"]?["structuredContent"] != nil) == (version != "2025-03-26"))
            #expect(written[2]["error"]?["code"] == -32002)
            #expect(written[3]["error"]?["code"] == -32602)
        }
    }

    @Test func theRungsWithoutHeaders() async throws {
        let version = LadderTests.version
        let capabilities = LadderTests.capabilities
        func request(_ meta: JSONValue) -> JSONValue { Harness.message("tools/list", ["_meta": meta]) }
        for (meta, code) in [
            ([version: "2026-07-28"] as JSONValue, -32602), ([capabilities: [:]], -32602), ([version: 1, capabilities: [:]], -32602),
            ([version: "1900-01-01", capabilities: [:]], -32022), ([version: "2025-11-25", capabilities: [:]], -32022),
        ] {
            let written = try await answers([request(meta)])
            #expect(written.map { $0["error"]?["code"]?.intValue } == [code], "\(meta)")
            #expect(written.first?["id"] == 1)
        }
        let progress = try await answers([request(["progressToken": 1])])
        #expect(progress.first?["result"]?["tools"] != nil)
    }

    @Test func linesInEveryShape() async throws {
        var limits = MCPLimits()
        limits.stdioLineBytes = 100
        let ping = Harness.message("ping").serialized()
        let lines: [[UInt8]] = [
            [], Array("\r".utf8), Array("  \t".utf8), ping + Array("\r".utf8), Array("{".utf8), [0xFF, 0xFE], Array("7".utf8),
            Array("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}".utf8), Array(repeating: 0x20, count: 101), Array("[]".utf8),
        ]
        let written = try await answers(lines, limits: limits)
        let codes = written.map { $0["error"]?["code"]?.intValue ?? 0 }.sorted()
        #expect(codes == [-32700, -32700, -32600, -32600, -32600, 0])
        #expect(written.allSatisfy { ($0["id"] != nil) == ($0["error"] == nil) })
    }

    @Test func batchesBelongToOneRevision() async throws {
        var handshake = Harness.handshake
        let batch: JSONValue = [
            Harness.message("ping", id: 1), Harness.message("notifications/initialized", id: nil), Harness.message("x", id: 2),
        ]
        let silent: JSONValue = [Harness.message("notifications/initialized", id: nil)]
        for (version, isServed) in [("2025-03-26", true), ("2025-11-25", false)] {
            handshake["protocolVersion"] = .string(version)
            let written = try await answers([Harness.message("initialize", handshake, id: 0), batch, silent])
            #expect(written.contains { $0.arrayValue?.map { $0["id"] } == [1, 2] } == isServed)
            #expect(written.count == (isServed ? 2 : 3))
        }
    }

    @Test func cancellingStopsTheWorkAndTheAnswer() async throws {
        let connection = Connection()
        let call: JSONObject = ["name": "search", "arguments": ["query": "hang"]]
        async let written = connection.run()
        var events = connection.harness.backend.events.makeAsyncIterator()
        connection.send(Harness.message("tools/call", call, id: 1))
        #expect(await events.next() == "started")
        // Ids of other requests, the same digits as a string, and invalid ids have no effect.
        for id: JSONValue in ["1", 2, JSONValue.null, [], 1.5] {
            connection.send(Harness.message("notifications/cancelled", ["requestId": id], id: nil))
        }
        connection.send(Harness.message("notifications/cancelled", id: nil))
        connection.send(Harness.modernMessage("tools/call", call, id: "1"))
        #expect(await events.next() == "started")
        connection.send(Harness.message("ping", id: 1))  // the id is in use
        connection.send(Harness.message("notifications/cancelled", ["requestId": "1", "reason": "x"], id: nil))
        #expect(await events.next() == "cancelled")
        connection.send(Harness.message("notifications/cancelled", ["requestId": 1], id: nil))
        #expect(await events.next() == "cancelled")
        connection.close()
        let answers = try await written
        #expect(answers.count == 1)
        #expect(answers.first?["error"]?["code"] == -32600)
    }

    /// Each of these waits for another one, so two must run concurrently, and no more than two may.
    @Test func requestsRunTogetherUpToTheLimit() async throws {
        var limits = MCPLimits()
        limits.stdioConcurrency = 2
        let connection = Connection(limits: limits)
        for id in 0..<40 {
            connection.send(Harness.message("tools/call", ["name": "search", "arguments": ["query": "pair"]], id: JSONValue(id)))
        }
        connection.close()
        let written = try await connection.run()
        #expect(Set(written.compactMap { $0["id"]?.intValue }) == Set(0..<40))
        #expect(written.allSatisfy { $0["result"] != nil })
        #expect(connection.harness.backend.maximumSearches == 2)
        #expect(connection.maximumWriters == 1)
    }

    /// A cancelled request frees its slot.
    @Test func cancellingMakesRoom() async throws {
        var limits = MCPLimits()
        limits.stdioConcurrency = 1
        let connection = Connection(limits: limits)
        async let written = connection.run()
        var events = connection.harness.backend.events.makeAsyncIterator()
        for id in 0..<10 {
            connection.send(Harness.message("tools/call", ["name": "search", "arguments": ["query": "hang"]], id: JSONValue(id)))
            #expect(await events.next() == "started")
            connection.send(Harness.message("notifications/cancelled", ["requestId": JSONValue(id)], id: nil))
            #expect(await events.next() == "cancelled")
        }
        connection.send(Harness.message("ping", id: 99))
        connection.close()
        #expect(try await written.map { $0["id"] } == [99])
    }

    @Test func aFailingWriterEndsTheSession() async throws {
        struct BrokenPipe: Error {}
        let connection = Connection()
        connection.send(Harness.message("tools/call", ["name": "search", "arguments": ["query": "hang"]], id: 1))
        connection.send(Harness.message("ping", id: 2))
        await #expect(throws: BrokenPipe.self) {
            try await connection.session.run(lines: connection.lines) { _ in throw BrokenPipe() }
        }
    }

    @Test func linesAreCutAsTheyCome() {
        var splitter = MCPLineSplitter(maximumBytes: 4)
        #expect(splitter.feed(Array("ab".utf8)).isEmpty)
        #expect(splitter.feed(Array("c\r\n\n12345678".utf8)) == ["abc\r", ""].map { Array($0.utf8) })
        #expect(splitter.feed(Array("9\nx\ny".utf8)) == ["12345", "x"].map { Array($0.utf8) })
        #expect(splitter.finish() == Array("y".utf8))
        #expect(splitter.finish() == nil)
    }
}

/// A stdio session with the test at both ends.
private final class Connection: Sendable {
    let harness: Harness
    let session: MCPStdioSession<String>
    let lines: AsyncStream<[UInt8]>
    private let input: AsyncStream<[UInt8]>.Continuation
    private let output = Mutex<(lines: [[UInt8]], writers: Int, maximum: Int)>(([], 0, 0))

    init(limits: MCPLimits = MCPLimits()) {
        harness = Harness(limits: limits)
        session = MCPStdioSession(server: harness.server, principal: "ants")
        (lines, input) = AsyncStream.makeStream(of: [UInt8].self)
    }

    var maximumWriters: Int { output.withLock { $0.maximum } }

    func send(_ line: [UInt8]) { input.yield(line) }
    func send(_ message: JSONValue) { send(message.serialized()) }
    func close() { input.finish() }

    /// Runs to the end of the input.
    func run() async throws -> [JSONValue] {
        try await session.run(lines: lines) { [self] line in
            output.withLock { state in
                state.writers += 1
                state.maximum = max(state.maximum, state.writers)
                state.lines.append(line)
            }
            await Task.yield()
            output.withLock { $0.writers -= 1 }
        }
        return try output.withLock { $0.lines }.map { line in
            #expect(line.last == UInt8(ascii: "\n"))
            #expect(line.count { $0 == UInt8(ascii: "\n") } == 1)
            return try JSONValue(parsing: line)
        }
    }
}
