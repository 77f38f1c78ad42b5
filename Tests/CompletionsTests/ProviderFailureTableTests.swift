import Completions
import JSON
import ScriptedUpstream
import Testing
import Upstream

/// Every misbehaviour in both protocols: the error that the reader gets, the usage, and that all connections are closed.
@Suite(.timeLimit(.minutes(10))) struct ProviderFailureTableTests {
    @Test(.timeLimit(.minutes(10)), arguments: ScriptedProtocol.allCases, ScriptedMisbehaviour.all)
    func misbehaviour(_ wire: ScriptedProtocol, _ failure: ScriptedMisbehaviour) async throws {
        // On a busy machine, what a silent provider sent before its silence may arrive too late; then the timeout is increased.
        let times = failure.isSilent ? [1, 5, 25, 60] : [60]
        for time in times {
            if try await isAsExpected(wire, failure, seconds: time, isLast: time == times.last) { break }
        }
    }

    /// - Returns: `false` if the timeout fired before the provider's silence began, which is a failure only on the last attempt.
    private func isAsExpected(
        _ wire: ScriptedProtocol, _ failure: ScriptedMisbehaviour, seconds: Int, isLast: Bool
    ) async throws -> Bool {
        try await ScriptedUpstream.serve({ _ in failure.steps(wire) }) { server in
            let transport = UpstreamTransport()
            let provider = try Provider.make(wire, server, transport, firstToken: .seconds(seconds), idle: .seconds(seconds))
            let outcome = await Provider.read(provider)
            let error = try #require(outcome.error, "\(outcome)")
            let isEarly = outcome.text != failure.text || (error.partialUsage != nil) != failure.hasBegun
            if isEarly, failure.isSilent, error.code == .providerTimeout, !isLast {
                await transport.shutDown()
                return false
            }
            #expect(error.code.rawValue == failure.code && outcome.text == failure.text && outcome.end == nil, "\(outcome)")
            #expect((error.partialUsage != nil) == failure.hasBegun, "\(outcome)")
            if let usage = error.partialUsage {
                // Text after the provider's last count is estimated; if it never counted, everything is.
                #expect(usage.isEstimated || (wire == .anthropic && failure.text.isEmpty), "\(usage)")
                if wire == .anthropic, !failure.text.isEmpty { #expect(usage.prompt == ScriptedProtocol.promptTokens) }
                #expect(usage.completion >= (failure.text.utf8.count + 3) / 4, "\(usage)")
            }
            // No retry if the provider may have started to generate. Messages that may describe the operator's account are not passed on.
            if failure.hasBegun { #expect(server.requests.count == 1) }
            #expect(error.providerMessage == (error.code == .providerRejected ? "scripted" : nil))
            #expect(!error.description.contains("sk-secret") && !error.description.contains("scripted"))
            // Failures that end in the middle of an answer close the connection on their own.
            if failure.steps(wire).contains(where: \.waitsForTheClient) { await server.untilClosed(server.opened) }
            await transport.shutDown()
            await server.untilClosed(server.opened)
            return true
        }
    }

    @Test(arguments: ScriptedProtocol.allCases) func aSlowFirstTokenIsWaitedFor(_ wire: ScriptedProtocol) async throws {
        try await ScriptedUpstream.serve({ _ in
            [
                .wait("head"), .head(length: nil, type: "text/event-stream"), .wait("opening"), .text(wire.opening), .wait("text"),
                .text(wire.piece("They do.") + wire.ending), .close,
            ]
        }) { server in
            let transport = UpstreamTransport()
            async let outcome = Provider.read(try Provider.make(wire, server, transport))
            await server.untilRequested(1)
            for step in ["head", "opening", "text"] { server.release(step) }
            #expect(try await outcome.text == "They do.")
            #expect(
                try await outcome.end?.usage
                    == TokenUsage(prompt: ScriptedProtocol.promptTokens, completion: ScriptedProtocol.completionTokens))
            await transport.shutDown()
        }
    }

    @Test(arguments: ScriptedProtocol.allCases) func bytesMayBeCutAnywhere(_ wire: ScriptedProtocol) async throws {
        try await ScriptedUpstream.serve({ _ in
            let bytes = Array((wire.opening + wire.piece("B\u{E4}ume \u{1F41D}") + wire.ending).utf8)
            return [.head(length: bytes.count, type: "text/event-stream")] + bytes.map { .send([$0]) }
        }) { server in
            let transport = UpstreamTransport()
            let outcome = await Provider.read(try Provider.make(wire, server, transport))
            #expect(outcome.text == "B\u{E4}ume \u{1F41D}" && outcome.error == nil && outcome.end?.finishReason == "stop")
            await transport.shutDown()
        }
    }

    /// Many concurrent readers that stop at any point: every connection is closed, and no reading task is left, since the group ends.
    @Test(.timeLimit(.minutes(10)), arguments: ScriptedProtocol.allCases)
    func readersThatGoAwayLeaveNothing(_ wire: ScriptedProtocol) async throws {
        try await ScriptedUpstream.serve({ request in
            switch request.number % 3 {
            case 0: [.stall]
            case 1: wire.opened([]) + [.stall]
            default: wire.opened(["They "]) + [.stall]
            }
        }) { server in
            let transport = UpstreamTransport()
            let provider = try Provider.make(wire, server, transport)
            let count = 30
            try await withThrowingTaskGroup(of: CompletionError?.self) { group in
                for _ in 0..<count { group.addTask { await Provider.read(provider).error } }
                await server.untilRequested(count)
                group.cancelAll()
                for try await error in group { #expect(error?.code == .cancelled) }
            }
            #expect(server.requests.count == count)
            await server.untilClosed(server.opened)
            await transport.shutDown()
        }
    }
}

extension ScriptedUpstream.Step {
    /// Whether the provider continues until the client closes the connection.
    fileprivate var waitsForTheClient: Bool {
        switch self {
        case .stall, .endless: true
        case .send, .wait, .close: false
        }
    }
}
