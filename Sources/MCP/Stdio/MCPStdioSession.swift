import JSON

/// An MCP session over one pair of streams, with one message per line, for one principal.
///
/// One connection serves both eras: a request that carries its version is modern; any other request uses the revision that the
/// last `initialize` negotiated. Requests run concurrently, up to a limit. Responses are written one at a time, in order of
/// completion.
public struct MCPStdioSession<Principal: Sendable>: Sendable {
    let server: MCPServer<Principal>
    private let principal: Principal

    public init(server: MCPServer<Principal>, principal: Principal) {
        (self.server, self.principal) = (server, principal)
    }

    /// Serves requests until `lines` ends and all responses are written.
    ///
    /// At the concurrency limit, the session stops reading lines. A request counts until its response is written.
    ///
    /// - Parameters:
    ///   - lines: one message per line, without `\n`; a trailing `\r` and blank lines are allowed. The sequence must end when its task
    ///     is cancelled, because a failed `write` cancels that task.
    ///   - write: writes one line, including `\n`. The session never calls it concurrently.
    /// - Throws: the errors of `lines` and `write`, which also cancel the running requests.
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

    /// The outcome of a line that acquired a permit.
    private enum Outcome: Sendable {
        case answer(JSONValue)
        /// The responses of a batch, already serialized.
        case batch([UInt8])
        /// No response: the request was cancelled, or the batch contains no requests.
        case silence
    }

    /// Reads lines and starts requests. Each acquired permit is returned by one element in `answers`.
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

    /// Runs `body`. When `cancellation` yields an element, cancels `body` and discards its result.
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
