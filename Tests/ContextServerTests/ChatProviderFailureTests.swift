import AsyncHTTPClient
import JSON
import NIOCore
import NIOHTTP1
import ScriptedUpstream
import Testing

/// Every misbehaviour of a provider, and of clients, as seen through `POST /v1/chat/completions`.
@Suite(.timeLimit(.minutes(10))) struct ChatProviderFailureTests {
    @Test(.timeLimit(.minutes(10)), arguments: ScriptedProtocol.allCases) func everyMisbehaviour(_ wire: ScriptedProtocol) async throws {
        let failures = ScriptedMisbehaviour.all
        // Silent failures are tested with several timeouts, since on a busy machine what was sent before the silence may arrive late.
        let models = failures.enumerated().flatMap { number, failure in
            Self.times(failure).map { ("case-\(number)-\($0)", wire, $0) }
        }
        try await ScriptedModels.serve(on: .process, models: models + [(wire.rawValue, wire, 60)]) { request in
            let text = String(decoding: request.body, as: UTF8.self)
            let number = text.firstMatch(of: /case (\d+);/).flatMap { Int($0.1) }
            guard let number, failures.indices.contains(number) else { return wire.answer(["Fine."]) }
            return failures[number].steps(wire)
        } _: { models in
            for (number, failure) in failures.enumerated() {
                for isStream in [false, true] {
                    var answer: TestClient.Answer
                    var times = Self.times(failure)
                    repeat {
                        let model = "case-\(number)-\(times.removeFirst())"
                        answer = try await models.ask(model, "case \(number);", ["stream": .bool(isStream)])
                    } while isStream && !times.isEmpty && answer.text.contains("They") == failure.text.isEmpty
                    try Self.check(answer, failure, isStream: isStream)
                }
            }
            // Afterwards the provider answers normally, and only reusable connections are open.
            let fine = try await models.ask(wire.rawValue, "How are you?")
            #expect(fine.status == 200 && fine.json["choices"]?[0]?["message"]?["content"] == "Fine.")
            #expect(
                fine.json["usage"]?["prompt_tokens"]?.intValue == ScriptedProtocol.promptTokens
                    && fine.json["usage"]?["completion_tokens"]?.intValue == ScriptedProtocol.completionTokens)
            #expect(models.server.isRunning)
            #expect(try await models.untilSockets(12), "\(models.server.openSockets) sockets are still open")
        }
    }

    /// The timeouts to try, in seconds.
    private static func times(_ failure: ScriptedMisbehaviour) -> [Int] { failure.isSilent ? [1, 5, 25] : [60] }

    private static func check(_ answer: TestClient.Answer, _ failure: ScriptedMisbehaviour, isStream: Bool) throws {
        let error: JSONValue?
        if isStream && !failure.text.isEmpty {
            let events = try ChatStreamEvents(answer.body)
            #expect(answer.status == 200 && events.text == failure.text && !events.isDone, "\(failure): \(answer.text.prefix(2000))")
            error = events.error
        } else {
            #expect(answer.status == failure.status, "\(failure): \(answer.status) \(answer.text.prefix(2000))")
            #expect(answer.headers.first(name: "Content-Type")?.hasPrefix("application/json") == true)
            error = answer.json["error"]
        }
        #expect(error?["code"]?.stringValue == failure.problem, "\(failure), stream \(isStream): \(answer.text.prefix(2000))")
        #expect(error?["type"]?.stringValue != nil && error?["message"]?.stringValue?.isEmpty == false, "\(failure)")
        // A rejected request is explained with the provider's message; nothing else of the response is passed on.
        #expect(answer.text.contains("scripted") == (failure.problem == "upstream_rejected"), "\(failure): \(answer.text.prefix(2000))")
        #expect(!answer.text.contains("127.0.0.1") && !answer.text.contains("sk-"), "\(failure): \(answer.text.prefix(2000))")
        guard failure.status == 429 else { return }
        let seconds = answer.headers.first(name: "Retry-After").flatMap { Int($0) }
        #expect(failure.name.contains("headers") ? seconds == 77 : (1...60).contains(seconds ?? 0), "\(failure)")
    }

    /// Many concurrent clients that disconnect, before the first token and in the middle of streams: the provider's connections are closed
    /// immediately, and the server has no more sockets than before.
    @Test(.timeLimit(.minutes(10)), arguments: ScriptedProtocol.allCases)
    func clientsThatGoAwayLeaveNothing(_ wire: ScriptedProtocol) async throws {
        try await ScriptedModels.serve(
            on: .process,
            { request in
                if String(decoding: request.body, as: UTF8.self).contains("fine") { return wire.answer(["Fine."]) }
                return wire.opened(request.number % 2 == 0 ? [] : ["They "]) + [.stall]
            }
        ) { models in
            // Opens what stays open for the lifetime of the server.
            let first = try await models.ask(wire.rawValue, "fine")
            #expect(first.status == 200)
            let before = models.server.openSockets
            let (asked, count) = (models.upstream.requests.count, 24)
            await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<count {
                    group.addTask {
                        let body = ScriptedModels.body(wire.rawValue, "gone \(number)", ["stream": .bool(number % 3 != 0)])
                        let http = HTTPClient(eventLoopGroupProvider: .singleton)
                        let request = models.client.request(.POST, "/v1/chat/completions", body.serialized(), type: "application/json")
                        if let response = try? await http.execute(request, timeout: .minutes(2)) {
                            for try await _ in response.body {}
                        }
                        try await http.shutdown()
                    }
                }
                await models.upstream.untilRequested(asked + count)
                group.cancelAll()
                while let result = await group.nextResult() { _ = result }
            }
            #expect(models.upstream.requests.count == asked + count)
            // One connection is kept for the next request.
            await models.upstream.untilClosed(models.upstream.opened - 1)
            #expect(try await models.untilSockets(before), "\(models.server.openSockets) sockets, \(before) before")
            #expect(try await models.ask(wire.rawValue, "fine").status == 200)
        }
    }

    /// A slow client applies backpressure to the provider, not to the server: data is fetched only as it is read, other clients are served,
    /// and in the end the answer is complete.
    @Test(.timeLimit(.minutes(10)), arguments: ScriptedProtocol.allCases)
    func aClientThatReadsSlowlyHoldsUpTheProvider(_ wire: ScriptedProtocol) async throws {
        let (pieces, length) = (3500, 16 << 10)
        let piece = wire.piece(String(repeating: "x", count: length))
        try await ScriptedModels.serve(
            on: .process,
            { request in
                if String(decoding: request.body, as: UTF8.self).contains("fine") { return wire.answer(["Fine."]) }
                let total = wire.opening.utf8.count + pieces * piece.utf8.count + wire.ending.utf8.count
                return [.head(length: total, type: "text/event-stream"), .text(wire.opening)]
                    + Array(repeating: .text(piece), count: pieces) + [.text(wire.ending)]
            }
        ) { models in
            #expect(try await models.ask(wire.rawValue, "fine").status == 200)
            let before = models.server.residentBytes
            let options: JSONObject = ["stream": true, "stream_options": ["include_usage": true]]
            let body = ScriptedModels.body(wire.rawValue, "much", options).serialized()
            let request = models.client.request(.POST, "/v1/chat/completions", body, type: "application/json")
            let http = HTTPClient(eventLoopGroupProvider: .singleton)
            let response = try await http.execute(request, timeout: .minutes(3))
            #expect(response.status == .ok)
            for number in 0..<20 {
                #expect(try await models.ask(wire.rawValue, "fine \(number)").status == 200)
            }
            // Does not include what the kernel buffers between the three.
            let grown = models.server.residentBytes - before
            #expect(grown < 8 << 20, "\(grown) bytes of \(models.upstream.sentBytes) are held for a client that does not read")
            var bytes: [UInt8] = []
            for try await part in response.body { bytes.append(contentsOf: part.readableBytesView) }
            try await http.shutdown()
            let (message, _, usage) = try ChatStreamReader.read(bytes)
            #expect(message["content"]?.stringValue?.utf8.count == pieces * length)
            #expect(usage?["completion_tokens"]?.intValue == ScriptedProtocol.completionTokens && usage?["estimated"] == nil)
        }
    }
}
