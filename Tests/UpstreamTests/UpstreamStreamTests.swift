import ScriptedUpstream
import Testing
import Upstream

/// Streamed answers, cancellation and shutdown.
@Suite(.timeLimit(.minutes(10))) struct UpstreamStreamTests {
    @Test func partsComeAsTheyAreSent() async throws {
        try await ScriptedUpstream.serve { _ in
            [.head(length: nil, type: "text/event-stream"), .text("one"), .wait("two"), .text("two"), .close]
        } _: { server in
            let stream = try await server.client().stream(.test())
            #expect(stream.headers.mediaType == "text/event-stream")
            let parts = stream.body.makeAsyncIterator()
            #expect(try await parts.next() == Array("one".utf8))
            server.release("two")
            #expect(try await parts.next() == Array("two".utf8))
            #expect(try await parts.next() == nil)
            #expect(try await parts.next() == nil)
        }
    }

    @Test func retriesHappenBeforeTheAnswerBeginsAndNotAfter() async throws {
        try await ScriptedUpstream.serve {
            $0.number == 0 ? .failure(503) : [.head(length: 100), .text("part"), .close]
        } _: { server in
            let stream = try await server.client().stream(.test())
            let parts = stream.body.makeAsyncIterator()
            #expect(try await parts.next() == Array("part".utf8))
            let error = await #expect(throws: UpstreamError.self) { try await parts.next() }
            #expect(error?.code == .interrupted && server.requests.count == 2)
            #expect(try await parts.next() == nil)
        }
    }

    @Test func aBodyThatIsDroppedClosesTheConnection() async throws {
        try await ScriptedUpstream.serve { _ in
            [.head(length: 100), .text("part"), .stall]
        } _: { server in
            let client = try server.client()
            do {
                let stream = try await client.stream(.test())
                #expect(try await stream.body.makeAsyncIterator().next() == Array("part".utf8))
            }
            await server.untilClosed(1)
            do { _ = try await client.stream(.test()) }
            await server.untilClosed(2)
        }
    }

    @Test func droppingABodyClosesTheConnection() async throws {
        try await ScriptedUpstream.serve { _ in
            [.head(length: 100), .text("part"), .stall]
        } _: { server in
            let stream = try await server.client().stream(.test())
            let parts = stream.body.makeAsyncIterator()
            #expect(try await parts.next() == Array("part".utf8))
            stream.body.letGo(within: .milliseconds(1))
            #expect(try await parts.next() == nil)
            await server.untilClosed(1)
        }
    }

    /// A slow reader does not make the client read a whole answer into memory.
    @Test func aSlowReaderIsWaitedFor() async throws {
        let part = [UInt8](repeating: 0x41, count: 1 << 20)
        try await ScriptedUpstream.serve { _ in
            [.head(length: 64 << 20)] + Array(repeating: .send(part), count: 64)
        } _: { server in
            var request = UpstreamRequest.test()
            request.maximumResponseBytes = 64 << 20
            let parts = try await server.client().stream(request).body.makeAsyncIterator()
            _ = try await parts.next()
            var before = -1
            // Until the server can send no more; the socket buffers hold several megabytes.
            while before != server.sentBytes {
                before = server.sentBytes
                for _ in 0..<1000 { await Task.yield() }
            }
            #expect(server.sentBytes < 48 << 20)
            var read = 0
            while let more = try await parts.next() { read += more.count }
            #expect(read > 60 << 20)
        }
    }

    @Test func cancellingClosesTheConnectionAtOnce() async throws {
        try await ScriptedUpstream.serve {
            $0.number == 0 ? [.stall] : [.head(length: 100), .text("part"), .stall]
        } _: { server in
            let client = try server.client()
            for number in 1...2 {
                let task = Task { try await client.send(.test()) }
                await server.untilRequested(number)
                task.cancel()
                let error = await #expect(throws: UpstreamError.self) { try await task.value }
                #expect(error?.code == .cancelled)
                await server.untilClosed(number)
            }
        }
    }

    /// One timer serves all timeouts of an answer: a short one is not delayed by a long one before it.
    @Test(.timeLimit(.minutes(10))) func aShortWaitAfterALongOneEndsInTime() async throws {
        try await ScriptedUpstream.serve { _ in
            [.wait("head"), .head(length: 100), .text("part"), .stall]
        } _: { server in
            let client = try server.client()
            let task = Task { try await client.stream(.test(firstByte: .seconds(3600), idle: .milliseconds(20))) }
            await server.untilRequested(1)
            server.release("head")
            let parts = try await task.value.body.makeAsyncIterator()
            #expect(try await parts.next() == Array("part".utf8))
            let error = await #expect(throws: UpstreamError.self) { try await parts.next() }
            #expect(error?.code == .timeoutIdle)
        }
    }

    @Test func cancellingWhileReadingIsNoEndOfTheBody() async throws {
        try await ScriptedUpstream.serve { _ in
            [.head(length: nil), .text("part"), .stall]
        } _: { server in
            let stream = try await server.client().stream(.test())
            let (got, continuation) = AsyncStream.makeStream(of: Void.self)
            let task = Task {
                let parts = stream.body.makeAsyncIterator()
                _ = try await parts.next()
                continuation.finish()
                _ = try await parts.next()
            }
            for await _ in got {}
            task.cancel()
            let error = await #expect(throws: UpstreamError.self) { try await task.value }
            #expect(error?.code == .cancelled)
            await server.untilClosed(1)
        }
    }

    @Test func cancellingEndsAWait() async throws {
        let waits = RecordedPacing()
        try await ScriptedUpstream.serve { _ in
            .failure(503)
        } _: { server in
            let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
            var pacing = waits.pacing()
            pacing.sleep = { _ in
                continuation.finish()
                // Never yields: ends only when the task is cancelled.
                for await _ in AsyncStream<Void>.makeStream().stream {}
                try Task.checkCancellation()
            }
            let client = try server.client(pacing)
            let task = Task { try await client.send(.test()) }
            for await _ in stream {}
            task.cancel()
            let error = await #expect(throws: UpstreamError.self) { try await task.value }
            #expect(error?.code == .cancelled && server.requests.count == 1)
        }
    }

    @Test func shuttingDownEndsWhatIsUnderWay() async throws {
        try await ScriptedUpstream.serve { _ in
            [.stall]
        } _: { server in
            let transport = UpstreamTransport()
            let client = try UpstreamClient(base: BaseURL(server.base), key: nil, transport: transport)
            let task = Task { try await client.send(.test()) }
            await server.untilRequested(1)
            await transport.shutDown()
            await transport.shutDown()
            for attempt in [task, Task { try await client.send(.test()) }] {
                let error = await #expect(throws: UpstreamError.self) { try await attempt.value }
                #expect(error?.code == .cancelled)
            }
        }
    }

    /// Connections accepted while the provider stops cause no crash; a stopped server is an error.
    @Test func aProviderThatEndsWhileClientsConnectLeavesErrors() async throws {
        for _ in 0..<50 {
            let attempts = try await ScriptedUpstream.serve { _ in
                .failure(503)
            } _: { server in
                try (0..<8).map { _ in
                    let client = try server.client()
                    return Task { _ = try await client.send(.test()) }
                }
            }
            for attempt in attempts { await #expect(throws: UpstreamError.self) { try await attempt.value } }
        }
    }

    @Test func twoReadersGetAnErrorAndNoCrash() async throws {
        try await ScriptedUpstream.serve { _ in
            [.head(length: 100), .stall]
        } _: { server in
            let stream = try await server.client().stream(.test())
            let codes = await withTaskGroup(of: UpstreamError.Code?.self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        do throws(UpstreamError) {
                            _ = try await stream.body.makeAsyncIterator().next()
                            return nil
                        } catch { return error.code }
                    }
                }
                // The second reader is rejected; the first waits until it is cancelled.
                let second = await group.next() ?? nil
                group.cancelAll()
                return [second, await group.next() ?? nil]
            }
            #expect(codes == [.malformed, .cancelled])
        }
    }

    @Test func aServerSentStreamIsReadToItsEnd() async throws {
        let text = "data: {\"a\":1}\n\n: ping\n\ndata: zwei ü\r\n\r\ndata: [DONE]\n\n"
        try await ScriptedUpstream.serve { _ in
            [.head(length: nil, type: "text/event-stream")] + Array(text.utf8).map { .send([$0]) } + [.close]
        } _: { server in
            var reader = ServerSentEvents()
            var data: [String] = []
            for try await part in try await server.client().stream(.test()).body { data += try reader.append(part).map(\.data) }
            #expect(data == ["{\"a\":1}", "zwei ü", "[DONE]"])
        }
    }

    @Test func aLineOfTenMegabytesIsAnErrorNotMemory() async throws {
        let line = Array("data: ".utf8) + [UInt8](repeating: 0x41, count: 10 << 20)
        try await ScriptedUpstream.serve { _ in
            [.head(length: nil, type: "text/event-stream"), .send(line), .stall]
        } _: { server in
            var request = UpstreamRequest.test()
            request.maximumResponseBytes = 64 << 20
            let stream = try await server.client().stream(request)
            var reader = ServerSentEvents()
            var read = 0
            var failure: UpstreamError?
            do throws(UpstreamError) {
                let parts = stream.body.makeAsyncIterator()
                while let part = try await parts.next() {
                    read += part.count
                    _ = try reader.append(part)
                }
            } catch { failure = error }
            #expect(failure?.code == .tooLarge && read < 2 << 20)
        }
    }
}
