public import Citing
import Completions
public import JSON

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
        var object: JSONObject = [
            "n": .init(number), "document_id": .string(document), "chunk_id": chunks.first.map { .string($0.id) } ?? .null,
            "title": title.map(JSONValue.string) ?? .null, "url": url.map(JSONValue.string) ?? .null,
            "span": span.json,
        ]
        object.add(parts.place)
        object["text"] = .string(text)
        return .object(object)
    }
}

extension ChatTurn.Outcome {
    /// The `citations` array; `nil` if the answer has no sources to cite.
    var citationsJSON: JSONValue? { citations.map { .array($0.map(\.citationJSON)) } }

    /// Returns the object with the markers as its `annotations`, if there are any.
    func annotating(_ object: JSONObject) -> JSONObject {
        var object = object
        if !markers.isEmpty { object["annotations"] = .array(annotations) }
        return object
    }

    /// The markers in OpenAI's format; indices count Unicode scalars of the answer's text.
    private var annotations: [JSONValue] {
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
