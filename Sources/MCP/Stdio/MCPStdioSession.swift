import JSON

/// The protocol over one pair of streams, a message a line, for one principal.
///
/// Both eras are served on one connection: a request that names its version is modern, any other belongs to the handshake
/// that `initialize` made last. Requests run concurrently, up to a limit; answers leave in the order in which they are
/// ready, one write after the other.
public struct MCPStdioSession<Backend: MCPBackend>: Sendable {
    private let server: MCPServer<Backend>
    private let principal: Backend.Principal

    public init(server: MCPServer<Backend>, principal: Backend.Principal) {
        (self.server, self.principal) = (server, principal)
    }

    /// Serves until `lines` ends and everything asked is answered.
    ///
    /// While as many requests run as may, no further line is read. A request counts until its answer is written.
    ///
    /// - Parameters:
    ///   - lines: one message each, without `\n`; a `\r` at the end and blank lines are fine. Has to end when its task is
    ///     cancelled, for that is what a failing `write` leads to.
    ///   - write: gets one line at a time, `\n` included, and is not called again before it returned.
    /// - Throws: what `lines` or `write` throws. Running requests are cancelled then.
    public func run<Lines: AsyncSequence & Sendable>(
        lines: Lines, write: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws where Lines.Element == [UInt8] {
        let (outbox, answers) = AsyncStream.makeStream(of: Outcome.self)
        let (permits, permit) = AsyncStream.makeStream(of: Void.self)
        for _ in 0..<max(1, server.limits.stdioConcurrency) { permit.yield() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await outcome in outbox {
                    switch outcome {
                    case .answer(let message): try await write(message.serialized() + [UInt8(ascii: "\n")])
                    case .batch(let answers): try await write(answers + [UInt8(ascii: "\n")])
                    case .silence: break
                    }
                    permit.yield()
                }
            }
            group.addTask {
                defer { answers.finish() }
                try await read(lines, permits: permits, answers: answers)
            }
            while try await group.next() != nil {}
        }
    }

    /// What became of a line that took a permit.
    private enum Outcome: Sendable {
        case answer(JSONValue)
        /// The answers of a batch, written already.
        case batch([UInt8])
        /// Cancelled, or a batch of notifications: nothing may be said.
        case silence
    }

    /// The reading side. Each permit taken is paid back by one element in `answers`.
    private func read<Lines: AsyncSequence & Sendable>(
        _ lines: Lines, permits: AsyncStream<Void>, answers: AsyncStream<Outcome>.Continuation
    ) async throws where Lines.Element == [UInt8] {
        var permits = permits.makeAsyncIterator()
        var revision = ProtocolRevision.unnamed
        let running = RunningRequests()
        try await withThrowingDiscardingTaskGroup { group in
            for try await line in lines {
                switch StdioStep(line, limits: server.limits, revision: revision) {
                case .nothing: continue
                case .cancel(let id): running.cancel(id)
                case .say(let answer):
                    guard await permits.next() != nil else { return }
                    answers.yield(.answer(answer))
                case .handshake(let request):
                    guard await permits.next() != nil else { return }
                    revision = (try? server.negotiated(request.parameters())) ?? revision
                    answers.yield(.answer(await server.answer(request, principal: principal, revision: revision).message))
                case .serve(let request, let revision):
                    guard await permits.next() != nil else { return }
                    guard let cancellation = running.start(request.id) else {
                        answers.yield(.answer(StdioStep.idInUse(request.id)))
                        continue
                    }
                    group.addTask {
                        let outcome = await untilCancelled(cancellation) {
                            await server.answer(request, principal: principal, revision: revision).message
                        }
                        running.finish(request.id)
                        answers.yield(outcome)
                    }
                case .serveBatch(let messages):
                    guard await permits.next() != nil else { return }
                    group.addTask {
                        do throws(RPCError) {
                            answers.yield(try await server.batchAnswer(messages, principal).map(Outcome.batch) ?? .silence)
                        } catch {
                            answers.yield(.answer(RPCAnswer.error(error, id: nil)))
                        }
                    }
                }
            }
        }
    }

    /// Runs `body`; cancels it when `cancellation` gives an element, and then drops what it returns.
    private func untilCancelled(
        _ cancellation: AsyncStream<Void>, _ body: @escaping @Sendable () async -> JSONValue
    ) async -> Outcome {
        await withTaskGroup(of: Outcome.self) { group in
            group.addTask { .answer(await body()) }
            group.addTask {
                for await _ in cancellation { break }
                return .silence
            }
            let first = await group.next()
            group.cancelAll()
            return first ?? .silence
        }
    }
}
