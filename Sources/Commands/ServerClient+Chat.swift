import AsyncHTTPClient
import JSON
import NIOCore
import NIOHTTP1
import NIOPosix
import Upstream

extension ServerClient {
    /// Maximum size of an error response, in bytes.
    private static let failureLimit = 64 << 10

    /// Sends a question and calls `take` for each piece of the streamed answer.
    ///
    /// - Throws: `CommandFailure`, and any error that `take` throws.
    func ask(_ question: String, model: String?, limit: Int?, _ take: (PrintedAnswer.Piece) throws -> Void) async throws {
        var body: JSONObject = [
            "messages": [["role": "user", "content": .string(question)]], "stream": true,
            "retrieval": limit.map { ["limit": .init($0)] } ?? [:],
        ]
        body["model"] = model.map(JSONValue.string)
        let response = try await stream(request(.POST, "/v1/chat/completions", body: body.serialized()))
        guard response.status.code == 200 else {
            let answer = try? await response.body.collect(upTo: Self.failureLimit)
            let error = answer.flatMap { try? JSONValue(parsing: Array($0.readableBytesView)) }?["error"]?["message"]?.stringValue
            throw CommandFailure("the server returned status \(response.status.code): \(error ?? "no details")")
        }
        var events = ServerSentEvents()
        var isDone = false
        for try await part in response.body {
            for event in try events.append(Array(part.readableBytesView)) where !isDone {
                isDone = event.data == "[DONE]"
                if !isDone { try Self.read(try JSONValue(parsing: event.data), take) }
            }
        }
        guard isDone else { throw CommandFailure("the connection closed before the answer was complete") }
    }

    private static func read(_ chunk: JSONValue, _ take: (PrintedAnswer.Piece) throws -> Void) throws {
        if let error = chunk["error"]?["message"]?.stringValue { throw CommandFailure("the answer was aborted: \(error)") }
        if let text = chunk["choices"]?[0]?["delta"]?["content"]?.stringValue, !text.isEmpty { try take(.text(text)) }
        if let citations = chunk["citations"]?.arrayValue { try take(.citations(citations)) }
    }

    private func stream(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        do { return try await Self.client.execute(request, timeout: .minutes(10)) } catch let error as HTTPClientError {
            throw CommandFailure("\(base) cannot be reached: \(error.shortDescription)")
        } catch let error as NIOConnectionError {
            throw CommandFailure("\(base) cannot be reached: no connection to \(error.host):\(error.port)")
        }
    }
}
