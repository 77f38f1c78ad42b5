import JSON
import ScriptedUpstream
import Testing
import Upstream

/// One request and its retries, with a provider that follows a script.
@Suite(.timeLimit(.minutes(10))) struct UpstreamClientTests {
    @Test func anAnswerComesWholeAndConnectionsAreUsedAgain() async throws {
        try await ScriptedUpstream.serve { request in
            .answer(200, request.body, headers: [("X-Number", "\(request.number)")])
        } _: { server in
            let client = try server.client()
            for number in 0..<6 {
                let answer = try await client.send(.test())
                #expect(answer.status == 200 && answer.body == Array(#"{"model":"m"}"#.utf8))
                #expect(answer.headers["x-number"] == "\(number)" && answer.headers.mediaType == "application/json")
            }
            // A request may start before the connection of the last one is known to be free.
            #expect(server.opened < server.requests.count)
            let sent = try #require(server.requests.first)
            #expect(sent.method == "POST" && sent.path == "/v1/embeddings" && sent.headers["content-type"] == "application/json")
            #expect(sent.headers["authorization"] == "Bearer \(testKey)")
        }
    }

    @Test func theKeyGoesWhereTheProviderWantsIt() async throws {
        try await ScriptedUpstream.serve { _ in
            .json([:])
        } _: { server in
            let transport = UpstreamTransport()
            var request = UpstreamRequest(.get, "/models")
            request.headers = [("anthropic-version", "2023-06-01")]
            let named = try UpstreamClient(
                base: BaseURL(server.base), key: Secret(testKey), keyHeader: .named("x-api-key"), transport: transport)
            let without = try UpstreamClient(base: BaseURL(server.base), key: nil, transport: transport)
            _ = try await named.send(request)
            _ = try await without.send(request)
            let (first, second) = (server.requests[0], server.requests[1])
            #expect(first.headers["x-api-key"] == testKey && first.headers["authorization"] == nil)
            #expect(first.headers["anthropic-version"] == "2023-06-01" && first.method == "GET" && first.headers["content-type"] == nil)
            #expect(second.headers["x-api-key"] == nil && second.headers["authorization"] == nil)
        }
    }

    @Test(arguments: [500, 502, 503, 504, 429])
    func twiceATransientStatusThenSuccess(status: Int) async throws {
        let waits = RecordedPacing()
        try await ScriptedUpstream.serve {
            $0.number < 2 ? .failure(status) : .json(["ok": true])
        } _: { server in
            let answer = try await server.client(waits.pacing()).send(.test())
            #expect(answer.status == 200 && server.requests.count == 3)
        }
        #expect(waits.waits == [.milliseconds(500), .seconds(1)])
    }

    @Test func retriesEnd() async throws {
        let waits = RecordedPacing()
        try await ScriptedUpstream.serve { _ in
            .failure(503)
        } _: { server in
            let error = await #expect(throws: UpstreamError.self) { try await server.client(waits.pacing(share: 0.5)).send(.test()) }
            #expect(error?.code == .serverFailed && error?.status == 503 && error?.attempts == 4 && server.requests.count == 4)
        }
        #expect(waits.waits == [.milliseconds(250), .milliseconds(500), .seconds(1)])
    }

    @Test(arguments: [
        ("7", [Duration.seconds(7.5)]), ("Sun, 06 Nov 1994 08:49:47 GMT", [.seconds(10.5)]),
        ("Sun, 06 Nov 1994 08:00:00 GMT", [.seconds(0.5)]),
        ("soon", [.seconds(0.5)]), ("-5", [.seconds(0.5)]), ("99999999999999999999", []), ("3600", []),
    ])
    func retryAfterIsKeptToUpToALimit(value: String, expected: [Duration]) async throws {
        let waits = RecordedPacing()
        try await ScriptedUpstream.serve {
            $0.number == 0 ? .failure(429, headers: [("Retry-After", value)]) : .json([:])
        } _: { server in
            do {
                _ = try await server.client(waits.pacing()).send(.test())
                #expect(!expected.isEmpty && server.requests.count == 2)
            } catch let error as UpstreamError {
                #expect(expected.isEmpty && server.requests.count == 1)
                #expect(error.code == .rateLimited && error.retryAfter ?? .zero >= .seconds(3600))
            }
        }
        #expect(waits.waits == expected)
    }

    @Test(arguments: [400, 401, 403, 404, 413, 422, 302, 304, 501, 505])
    func whatIsRefusedIsNotSentAgain(status: Int) async throws {
        try await ScriptedUpstream.serve { _ in
            .failure(status, headers: [("Location", "http://127.0.0.1:1/")])
        } _: { server in
            let error = await #expect(throws: UpstreamError.self) { try await server.client().send(.test()) }
            #expect(error?.code == .rejected && error?.status == status && server.requests.count == 1 && error?.attempts == 1)
        }
    }

    @Test func theProvidersWordsAreKeptButNotPrinted() async throws {
        let quoted = "Incorrect API key provided: \(testKey), input: my private text"
        try await ScriptedUpstream.serve { _ in
            .json(["error": ["message": .string(quoted)]]).withStatus(401)
        } _: { server in
            let error = try #require(await #expect(throws: UpstreamError.self) { try await server.client().send(.test()) })
            #expect(try JSONValue(parsing: error.answer)["error"]?["message"]?.stringValue == quoted)
            var dumped = ""
            dump(error, to: &dumped)
            for text in ["\(error)", String(reflecting: error), error.detail, dumped] {
                #expect(!text.contains("verysecret") && !text.contains("private"), "\(text)")
            }
        }
    }

    @Test func aLongExplanationIsCut() async throws {
        try await ScriptedUpstream.serve { _ in
            .answer(400, [UInt8](repeating: 0x41, count: 4 << 20))
        } _: { server in
            let error = await #expect(throws: UpstreamError.self) { try await server.client().send(.test()) }
            #expect(error?.code == .rejected && error?.answer.count ?? .max <= 16 << 10)
        }
    }

    @Test func nothingListens() async throws {
        let waits = RecordedPacing()
        let port = try await ScriptedUpstream.serve { _ in
            []
        } _: {
            $0.port
        }
        let client = try UpstreamClient(
            base: BaseURL("http://127.0.0.1:\(port)/v1"), key: Secret(testKey), transport: UpstreamTransport(), pacing: waits.pacing())
        let error = await #expect(throws: UpstreamError.self) { try await client.send(.test()) }
        #expect(error?.code == .connect && error?.attempts == 4 && waits.waits.count == 3)
        #expect(error?.detail.contains("127.0.0.1:\(port)") == true)
    }

    /// With no response head, and with a head but no body.
    @Test(.timeLimit(.minutes(10)), arguments: [[ScriptedUpstream.Step.stall], [.head(length: 10), .stall]])
    func aSlowAnswerIsGivenUpOnceAndTheConnectionClosed(steps: [ScriptedUpstream.Step]) async throws {
        // On a busy machine a request may need more than a second to arrive; then the timeout is increased.
        for seconds in [1, 5, 25, 60] {
            let hasArrived = try await ScriptedUpstream.serve { _ in
                steps
            } _: { server in
                let error = await #expect(throws: UpstreamError.self) {
                    try await server.client().send(.test(firstByte: .seconds(seconds)))
                }
                #expect(error?.code == .timeoutFirstByte && server.requests.count <= 1)
                await server.untilClosed(server.opened)
                return server.requests.count == 1
            }
            if hasArrived { return }
        }
        Issue.record("no request within a minute")
    }

    @Test func aStallInTheBodyIsGivenUpAndTheConnectionClosed() async throws {
        try await ScriptedUpstream.serve { _ in
            [.head(length: 10), .text("half"), .stall]
        } _: { server in
            let error = await #expect(throws: UpstreamError.self) { try await server.client().send(.test(idle: .milliseconds(50))) }
            #expect(error?.code == .timeoutIdle && server.requests.count == 1)
            await server.untilClosed(1)
        }
    }

    @Test func anAnswerCutOffIsAskedForAgain() async throws {
        try await ScriptedUpstream.serve {
            $0.number == 0
                ? [.head(length: 10), .text("half"), .close] : $0.number == 1 ? [.close] : .answer(200, Array("0123456789".utf8))
        } _: { server in
            let answer = try await server.client().send(.test())
            #expect(answer.body == Array("0123456789".utf8) && server.requests.count == 3)
        }
    }

    @Test(arguments: [
        "garbage garbage garbage\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: nine\r\n\r\n123456789",
    ])
    func whatIsNotHTTPIsMalformed(text: String) async throws {
        try await ScriptedUpstream.serve { _ in
            [.text(text), .close]
        } _: { server in
            let error = await #expect(throws: UpstreamError.self) { try await server.client().send(.test()) }
            #expect(error?.code == .malformed && server.requests.count == 1, "\(String(describing: error))")
        }
    }

    @Test func anAnswerThatIsTooLongIsNotRead() async throws {
        try await ScriptedUpstream.serve { request in
            // With and without a Content-Length.
            request.number == 0
                ? [.head(length: 10 << 20), .stall]
                : [.head(length: nil), .send([UInt8](repeating: 0x41, count: 2 << 20)), .stall]
        } _: { server in
            for number in 1...2 {
                let error = await #expect(throws: UpstreamError.self) { try await server.client().send(.test(limit: 1 << 20)) }
                #expect(error?.code == .tooLarge && server.requests.count == number)
                await server.untilClosed(number)
            }
        }
    }

    @Test func exactlyTheLimitIsNotTooLong() async throws {
        try await ScriptedUpstream.serve { _ in
            [.head(length: nil), .send([UInt8](repeating: 0x41, count: 1000)), .close]
        } _: { server in
            let answer = try await server.client().send(.test(limit: 1000))
            #expect(answer.body.count == 1000)
            let error = await #expect(throws: UpstreamError.self) { try await server.client().send(.test(limit: 999)) }
            #expect(error?.code == .tooLarge)
        }
    }
}

extension [ScriptedUpstream.Step] {
    /// The same body with another status.
    fileprivate func withStatus(_ status: Int) -> Self {
        guard case .send(let body)? = last else { return self }
        return .answer(status, body)
    }
}
