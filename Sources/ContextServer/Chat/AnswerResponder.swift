import Answers
import Completions
import HTTPTypes
import Hummingbird
import Logging
import Memory
import NIOCore
import Tenancy

/// Answers a call over HTTP, in any `AnswerShape`. When the client disconnects, generation stops at the model too.
struct AnswerResponder: Sendable {
    let service: ChatService
    let call: ChatCall
    let caller: Caller
    let context: ServerContext
    /// Creates the format once the model is known.
    let shape: @Sendable (_ model: String) -> any AnswerShape

    /// Memory reserved for an answer before its first word, in bytes: sources, and the state of the exchange with the model.
    static let memory = 64 << 10
    /// Number of copies of an answer's text in memory: the text itself and its serialized response.
    static let copies = 2

    /// - Throws: errors before the first step, which thus set the response's status.
    func respond() async throws -> Response {
        try await context.makeRoom(for: Self.memory)
        let watch = try await ClientWatch.begin(on: context.channel)
        do {
            guard call.isStream else { return try await watch.run { try await whole() } }
            let (turn, first) = try await watch.run { try await begin() }
            let stream = AnswerStream(
                shape: shape(turn.model), first: first, turn: turn, watch: watch, memory: context.memory, logger: context.logger)
            return Response.events { writer in try await stream.write(to: &writer) }.naming(turn)
        } catch let error as CompletionError {
            context.logger.warning("answer failed", metadata: ["code": "\(error.code.rawValue)", "error": "\(error.detail)"])
            throw error
        }
    }

    /// Starts an answer and returns it with its first steps.
    private func begin() async throws -> (ChatTurn, [ChatTurn.Step]) {
        let turn = try await service.answer(call, for: caller, on: context.executor)
        guard let first = try await turn.next() else { throw CompletionError(.providerInvalid, "the answer has no events") }
        return (turn, first)
    }

    private func whole() async throws -> Response {
        let (turn, first) = try await begin()
        let (message, outcome) = try await turn.whole(after: first) { context.memory.charge(Self.copies * $0.utf8.count) }
        return Response.json(shape(turn.model).whole(message, outcome)).naming(turn)
    }
}

/// An answer as server-sent events.
private struct AnswerStream: Sendable {
    let shape: any AnswerShape
    let first: [ChatTurn.Step]
    let turn: ChatTurn
    let watch: ClientWatch
    let memory: MemoryReservation
    let logger: Logger

    @concurrent func write(to writer: inout any ResponseBodyWriter) async throws {
        do { try await steps(&writer) } catch  where !(error is CancellationError) {
            let problem = Problem(error)
            let level: Logger.Level = problem.status.kind == .serverError ? .warning : .debug
            logger.log(level: level, "answer interrupted", metadata: ["code": "\(problem.code)"])
            try await writer.write(ByteBuffer(events: [shape.failure(problem)]))
        }
        try await writer.finish(nil)
    }

    /// Writes the events of each batch of steps in one piece.
    @concurrent private func steps(_ writer: inout any ResponseBodyWriter) async throws {
        var steps = Optional(first)
        var message = ChatMessage()
        var events = shape.opening()
        while let current = steps {
            var isOver = false
            for step in current {
                switch step {
                case .text(let text):
                    message.add(text)
                    memory.charge(text.utf8.count)
                    events.append(shape.text(text))
                case .other(let members):
                    message.add(members)
                    if let event = shape.other(members) { events.append(event) }
                case .end(let outcome):
                    events += shape.end(message, outcome)
                    isOver = true
                }
            }
            try await writer.write(ByteBuffer(events: events))
            if isOver { return }
            events = []
            steps = try await watch.run { try await turn.next() }
        }
    }
}

extension Response {
    /// Returns the response with headers for the answer's origin and model.
    fileprivate func naming(_ turn: ChatTurn) -> Response {
        var response = self
        response.headers[.answerOrigin] = turn.origin.rawValue
        response.headers[.answeringModel] = turn.answeringModel
        return response
    }
}

extension HTTPField.Name {
    /// The header that tells whether the answer was made for this request, coalesced with an identical one, or taken from the cache.
    static var answerOrigin: HTTPField.Name { HTTPField.Name("X-Contextd-Origin") ?? .server }
}
