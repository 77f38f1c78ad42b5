import Completions
import HTTPTypes
import Hummingbird
import JSON
import Logging
import NIOCore
import Tenancy

/// `POST /v1/chat/completions`, in OpenAI's shape, with `retrieval` and `citations` added.
struct ChatRoute: Sendable {
    let service: ChatService
    let limits: ServerConfiguration

    static let paths: Set<String> = ["/v1/chat/completions"]

    func add(to endpoints: Endpoints) {
        endpoints.tenant(.post, "/v1/chat/completions", needs: .read) { request, context, caller in
            let fields = try await request.jsonFields(upTo: limits.maximumRequestBytes, in: context)
            var call = try ChatCall(
                fields, retrievesByDefault: { service.retrievesByDefault($0, in: caller.scope) },
                standard: service.retrievalDefaults(in: caller.scope).retrieval)
            call.isCacheable = !request.headers.refusesStoredAnswers
            let watch = try await ClientWatch.begin(on: context.channel)
            do { return try await answer(call, caller, watch, context.logger) } catch let error as CompletionError {
                context.logger.warning("no answer", metadata: ["code": "\(error.code.rawValue)", "error": "\(error.detail)"])
                throw error
            }
        }
    }

    private func answer(_ call: ChatCall, _ caller: Caller, _ watch: ClientWatch, _ logger: Logger) async throws -> Response {
        // What goes wrong before the first step still gets its status.
        let (turn, first) = try await watch.run {
            let turn = try await service.answer(call, for: caller)
            return (turn, try await turn.next())
        }
        guard let first else { throw CompletionError(.providerInvalid, "an answer without any event") }
        let json = ChatJSON(model: turn.model)
        if call.isStream {
            let stream = ChatStream(json: json, first: first, turn: turn, includesUsage: call.includesUsage, watch: watch, logger: logger)
            return Response(
                status: .ok,
                headers: [
                    .contentType: "text/event-stream", .cacheControl: "no-cache", .answerOrigin: turn.origin.rawValue,
                    .answeringModel: turn.answeringModel,
                ],
                body: ResponseBody { writer in try await stream.write(to: &writer) })
        }
        return try await watch.run { try await whole(first, turn, json) }
    }

    private func whole(_ first: ChatTurn.Step, _ turn: ChatTurn, _ json: ChatJSON) async throws -> Response {
        var step = Optional(first)
        var message = ChatMessage()
        while let current = step {
            switch current {
            case .text(let text): message.add(text)
            case .other(let members): message.add(members)
            case .end(let outcome):
                var response = Response.json(json.completion(message.json, outcome))
                response.headers[.answerOrigin] = turn.origin.rawValue
                response.headers[.answeringModel] = turn.answeringModel
                return response
            }
            step = try await turn.next()
        }
        throw CompletionError(.providerInterrupted, "an answer without an end")
    }
}

extension HTTPFields {
    /// `Cache-Control: no-store` or `no-cache` (RFC 9111, section 5.2.1).
    fileprivate var refusesStoredAnswers: Bool {
        self[values: .cacheControl].contains { value in
            value.lowercased().split { $0 == "," || $0 == " " || $0 == "\t" }.contains { $0 == "no-store" || $0 == "no-cache" }
        }
    }
}

extension HTTPField.Name {
    /// Whether the answer was made for this request, shared with one like it, or taken from the cache.
    static var answerOrigin: HTTPField.Name { HTTPField.Name("X-Contextd-Origin") ?? .server }
}

/// An answer as server-sent events. It ends, at its source too, when the client goes away.
struct ChatStream: Sendable {
    let json: ChatJSON
    let first: ChatTurn.Step
    let turn: ChatTurn
    let includesUsage: Bool
    let watch: ClientWatch
    let logger: Logger

    @concurrent func write(to writer: inout any ResponseBodyWriter) async throws {
        try await send(json.chunk(["role": "assistant", "content": ""], marksUsage: includesUsage), &writer)
        do { try await steps(&writer) } catch  where !(error is CancellationError) {
            let problem = Problem(error)
            let level: Logger.Level = problem.status.kind == .serverError ? .warning : .debug
            logger.log(level: level, "answer broke off", metadata: ["code": "\(problem.code)"])
            // The status has gone out; OpenAI's clients know an error in the stream.
            try await send(problem.openAIDocument, &writer)
        }
        try await writer.finish(nil)
    }

    @concurrent private func steps(_ writer: inout any ResponseBodyWriter) async throws {
        var step = Optional(first)
        while let current = step {
            switch current {
            case .text(let text): try await send(json.chunk(["content": .string(text)], marksUsage: includesUsage), &writer)
            case .other(let members): try await send(json.chunk(members, marksUsage: includesUsage), &writer)
            case .end(let outcome):
                try await send(json.last(outcome, marksUsage: includesUsage), &writer)
                if includesUsage { try await send(json.usage(outcome.usage), &writer) }
                return try await writer.write(ByteBuffer(string: "data: [DONE]\n\n"))
            }
            step = try await watch.run { try await turn.next() }
        }
    }

    @concurrent private func send(_ value: JSONValue, _ writer: inout any ResponseBodyWriter) async throws {
        try await writer.write(ByteBuffer(string: "data: \(value)\n\n"))
    }
}
