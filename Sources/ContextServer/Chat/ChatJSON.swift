public import Citing
import Completions
import Foundation
public import JSON
import Tenancy

/// The JSON of a chat completion, whole and in chunks, with the additional field `citations`.
struct ChatJSON: Sendable {
    let id: String
    let model: String
    /// Seconds since 1970 UTC.
    let created: Int

    init(model: String) {
        var generator = SystemRandomNumberGenerator()
        id = "chatcmpl-" + randomText(length: 24, using: &generator)
        created = Int(Date().timeIntervalSince1970)
        self.model = model
    }

    func completion(_ message: JSONObject, _ outcome: ChatTurn.Outcome) -> JSONValue {
        var message = message
        if !outcome.markers.isEmpty { message["annotations"] = .array(outcome.annotations) }
        var object = head("chat.completion")
        object["choices"] = [
            ["index": 0, "message": .object(message), "logprobs": .null, "finish_reason": .string(outcome.finishReason)]
        ]
        object["usage"] = outcome.usage.json
        object["citations"] = outcome.citationsJSON
        return .object(object)
    }

    /// - Parameter marksUsage: whether a usage chunk follows at the end; this chunk then has `"usage": null`.
    func chunk(_ delta: JSONObject, marksUsage: Bool) -> JSONValue {
        chunk(delta, finishReason: .null, marksUsage: marksUsage)
    }

    /// Returns the last chunk with a choice.
    func last(_ outcome: ChatTurn.Outcome, marksUsage: Bool) -> JSONValue {
        var delta = JSONObject()
        if !outcome.markers.isEmpty { delta["annotations"] = .array(outcome.annotations) }
        guard case .object(var object) = chunk(delta, finishReason: .string(outcome.finishReason), marksUsage: marksUsage) else {
            return .null
        }
        object["citations"] = outcome.citationsJSON
        return .object(object)
    }

    func usage(_ usage: TokenUsage) -> JSONValue {
        var object = head("chat.completion.chunk")
        object["choices"] = []
        object["usage"] = usage.json
        return .object(object)
    }

    private func chunk(_ delta: JSONObject, finishReason: JSONValue, marksUsage: Bool) -> JSONValue {
        var object = head("chat.completion.chunk")
        object["choices"] = [["index": 0, "delta": .object(delta), "logprobs": .null, "finish_reason": finishReason]]
        if marksUsage { object["usage"] = .null }
        return .object(object)
    }

    private func head(_ kind: String) -> JSONObject {
        ["id": .string(id), "object": .string(kind), "created": .init(created), "model": .string(model)]
    }
}

extension TokenUsage {
    var json: JSONValue {
        var object: JSONObject = ["prompt_tokens": .init(prompt), "completion_tokens": .init(completion), "total_tokens": .init(total)]
        if let cachedPrompt { object["prompt_tokens_details"] = ["cached_tokens": .init(cachedPrompt)] }
        if let reasoning { object["completion_tokens_details"] = ["reasoning_tokens": .init(reasoning)] }
        // An extension of OpenAI's format: the counts are estimates.
        if isEstimated { object["estimated"] = true }
        return .object(object)
    }
}

extension CitedSource {
    /// The source as an element of `citations`.
    public var citationJSON: JSONValue {
        [
            "n": .init(number), "document_id": .string(document), "chunk_id": chunks.first.map { .string($0.id) } ?? .null,
            "title": title.map(JSONValue.string) ?? .null, "url": url.map(JSONValue.string) ?? .null,
            "span": ["start": .init(span.lowerBound), "end": .init(span.upperBound)], "text": .string(text),
        ]
    }
}

extension ChatTurn.Outcome {
    /// The `citations` array; `nil` if the answer has no sources to cite.
    var citationsJSON: JSONValue? { citations.map { .array($0.map(\.citationJSON)) } }

    /// The markers in OpenAI's format; indices count Unicode scalars of the answer's text.
    var annotations: [JSONValue] {
        let sources = Dictionary((citations ?? []).map { ($0.number, $0) }) { first, _ in first }
        return markers.compactMap { marker in
            guard let source = sources[marker.number] else { return nil }
            let url = source.url.flatMap { $0.isEmpty ? nil : $0 } ?? DocumentURI.uri(of: source.document)
            return [
                "type": "url_citation",
                "url_citation": [
                    "start_index": .init(marker.range.lowerBound), "end_index": .init(marker.range.upperBound),
                    "title": .string(source.title ?? source.document), "url": .string(url),
                ],
            ]
        }
    }
}
