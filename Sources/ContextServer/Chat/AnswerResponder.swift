import Completions
import HTTPTypes
import Hummingbird
import JSON
import Logging
import NIOCore

/// Answers a call over HTTP, in whatever shape. The answer ends, at its source too, when the client goes away.
struct AnswerResponder: Sendable {
    let service: ChatService

    /// - Parameter shape: made when the model is known.
    /// - Throws: what goes wrong before the first step, which thus gets its status.
    func respond(
        to call: ChatCall, for caller: Caller, in context: ServerContext, shape: (_ model: String) -> any AnswerShape
    ) async throws -> Response {
        let watch = try await ClientWatch.begin(on: context.channel)
        do {
            let (turn, first) = try await watch.run {
                let turn = try await service.answer(call, for: caller)
                return (turn, try await turn.next())
            }
            guard let first else { throw CompletionError(.providerInvalid, "an answer without any event") }
            let shape = shape(turn.model)
            guard call.isStream else { return try await watch.run { try await whole(first, turn, shape) } }
            let stream = AnswerStream(shape: shape, first: first, turn: turn, watch: watch, logger: context.logger)
            return Response(
                status: .ok,
                headers: [
                    .contentType: "text/event-stream", .cacheControl: "no-cache", .answerOrigin: turn.origin.rawValue,
                    .answeringModel: turn.answeringModel,
                ],
                body: ResponseBody { writer in try await stream.write(to: &writer) })
        } catch let error as CompletionError {
            context.logger.warning("no answer", metadata: ["code": "\(error.code.rawValue)", "error": "\(error.detail)"])
            throw error
        }
    }

    private func whole(_ first: ChatTurn.Step, _ turn: ChatTurn, _ shape: any AnswerShape) async throws -> Response {
        var step = Optional(first)
        var message = ChatMessage()
        while let current = step {
            switch current {
            case .text(let text): message.add(text)
            case .other(let members): message.add(members)
            case .end(let outcome):
                var response = Response.json(shape.whole(message, outcome))
                response.headers[.answerOrigin] = turn.origin.rawValue
                response.headers[.answeringModel] = turn.answeringModel
                return response
            }
            step = try await turn.next()
        }
        throw CompletionError(.providerInterrupted, "an answer without an end")
    }
}

/// An answer as server-sent events.
private struct AnswerStream: Sendable {
    let shape: any AnswerShape
    let first: ChatTurn.Step
    let turn: ChatTurn
    let watch: ClientWatch
    let logger: Logger

    @concurrent func write(to writer: inout any ResponseBodyWriter) async throws {
        for event in shape.opening() { try await writer.write(event.bytes) }
        do { try await steps(&writer) } catch  where !(error is CancellationError) {
            let problem = Problem(error)
            let level: Logger.Level = problem.status.kind == .serverError ? .warning : .debug
            logger.log(level: level, "answer broke off", metadata: ["code": "\(problem.code)"])
            try await writer.write(shape.failure(problem).bytes)
        }
        try await writer.finish(nil)
    }

    @concurrent private func steps(_ writer: inout any ResponseBodyWriter) async throws {
        var step = Optional(first)
        var message = ChatMessage()
        while let current = step {
            switch current {
            case .text(let text):
                message.add(text)
                try await writer.write(shape.text(text).bytes)
            case .other(let members):
                message.add(members)
                if let event = shape.other(members) { try await writer.write(event.bytes) }
            case .end(let outcome):
                for event in shape.end(message, outcome) { try await writer.write(event.bytes) }
                return
            }
            step = try await watch.run { try await turn.next() }
        }
    }
}

extension HTTPFields {
    /// `Cache-Control: no-store` or `no-cache` (RFC 9111, section 5.2.1).
    var refusesStoredAnswers: Bool {
        self[values: .cacheControl].contains { value in
            value.lowercased().split { $0 == "," || $0 == " " || $0 == "\t" }.contains { $0 == "no-store" || $0 == "no-cache" }
        }
    }
}

extension HTTPField.Name {
    /// Whether the answer was made for this request, shared with one like it, or taken from the cache.
    static var answerOrigin: HTTPField.Name { HTTPField.Name("X-Contextd-Origin") ?? .server }
}
