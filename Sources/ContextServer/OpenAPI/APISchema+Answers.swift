import Embeddings
import JSON
import Retrieval

// Questions, and the formats of OpenAI's API.
extension APISchema {
    private static let model = text("A model of `GET /v1/models`; by default the tenant's.", length: 1...256)
    private static let one = integer(1...1)

    static let answers: JSONObject = [
        "Retrieval": request(
            [
                "enabled": bool, "limit": integer(1...SearchRequest.maximumLimit), "filter": filter,
                "max_context_tokens": integer(ContextRequest.tokenRange), "mode": searchMode,
            ], required: [], description: "Options of the search for sources. Given options turn it on, unless `enabled` is false."),
        "Question": request(
            [
                "query": queryText,
                "context": described(
                    "Quoted material that the model reads beside the question; at most 524288 bytes.", ["anyOf": [string, ref("Material")]]),
                "model": model, "retrieval": ref("Retrieval"),
            ], required: ["query"]),
        // The Java generator has no union of a text and a map, so this object has a member.
        "Material": [
            "type": "object", "description": "Any members, such as `note`.", "properties": ["note": [:]], "additionalProperties": true,
        ],
        "Answer": object(["content": string, "citations": array(of: ref("Citation")), "usage": ref("TokenUsage"), "model": string]),
        "AnswerEvent": object(
            [
                "content": string, "citations": array(of: ref("Citation")), "usage": ref("TokenUsage"), "model": string,
            ], optional: ["citations", "usage", "model"],
            description: "A piece of the answer in an event `token`, or the whole answer in `done`, the last one."),
        "Citation": object(
            [
                "n": count, "document_id": string, "chunk_id": nullable(string), "title": nullable(string), "url": nullable(string),
                "span": ref("Span"), "text": string,
            ] + place, optional: place.map(\.key)),
    ]

    static let completions: JSONObject = [
        "ChatRequest": request(
            [
                "messages": array(of: ref("ChatRequestMessage"), count: 1...10_000), "model": model,
                "stream": ["type": "boolean", "default": false], "stream_options": ref("StreamOptions"), "n": one,
                "retrieval": ref("Retrieval"),
            ], required: ["messages"], isOpen: true, description: "Other members go to the model's provider."),
        "ChatRequestMessage": request(
            [
                "role": choice(["system", "developer", "user", "assistant", "tool", "function"]),
                "content": described("Text, or parts of it with a `type`.", ["anyOf": [string, array(of: ref("ContentPart"))]]),
            ], required: ["role"], isOpen: true),
        "ContentPart": request(["type": string, "text": string], required: ["type"], isOpen: true),
        "StreamOptions": request(["include_usage": ["type": "boolean", "default": false]], required: [], isOpen: true),
        "ChatCompletion": completion("chat.completion", ref("ChatChoice")),
        "ChatChoice": object([
            "index": count, "message": ref("ChatMessage"), "logprobs": nullable(anyObject), "finish_reason": nullable(string),
        ]),
        "ChatMessage": object(
            [
                "role": constant("assistant"), "content": nullable(string), "annotations": array(of: ref("Annotation")),
                "tool_calls": array(of: anyObject),
            ], optional: ["annotations", "tool_calls"]),
        "ChatCompletionChunk": completion("chat.completion.chunk", ref("ChatChunkChoice"), isChunk: true),
        "ChatChunkChoice": object([
            "index": count, "delta": ref("ChatDelta"), "logprobs": nullable(anyObject), "finish_reason": nullable(string),
        ]),
        "ChatDelta": object(
            [
                "role": string, "content": nullable(string), "annotations": array(of: ref("Annotation")),
                "tool_calls": array(of: anyObject),
            ], optional: ["role", "content", "annotations", "tool_calls"]),
        "Annotation": object(["type": described("Always `url_citation`.", string), "url_citation": ref("URLCitation")]),
        "URLCitation": object(
            ["start_index": count, "end_index": count, "title": string, "url": string],
            description: "A marker in the text; indices count Unicode scalars."),
        "CompletionRequest": request(
            [
                "prompt": ["anyOf": [string, array(of: string, count: 1...1)]], "model": model,
                "stream": ["type": "boolean", "default": false], "stream_options": ref("StreamOptions"), "n": one, "best_of": one,
                "retrieval": ref("Retrieval"),
            ], required: ["prompt"], isOpen: true,
            description: "`echo` and `logprobs` are not supported. Other members go to the model's provider."),
        "Completion": completion("text_completion", ref("CompletionChoice")),
        "CompletionChunk": completion("text_completion", ref("CompletionChoice"), isChunk: true),
        "CompletionChoice": object(
            [
                "index": count, "text": string, "logprobs": nullable(anyObject), "finish_reason": nullable(string),
                "annotations": array(of: ref("Annotation")),
            ], optional: ["annotations"]),
        "TokenUsage": object(
            [
                "prompt_tokens": count, "completion_tokens": count, "total_tokens": count,
                "prompt_tokens_details": object(["cached_tokens": count]), "completion_tokens_details": object(["reasoning_tokens": count]),
                "estimated": bool,
            ], optional: ["prompt_tokens_details", "completion_tokens_details", "estimated"]),
    ]

    /// A completion, or a chunk of its stream: `usage` and `citations` are at its end only.
    private static func completion(_ kind: String, _ choice: JSONValue, isChunk: Bool = false) -> JSONValue {
        object(
            [
                "id": string, "object": constant(kind), "created": count, "model": string, "choices": array(of: choice),
                "usage": isChunk ? nullable(ref("TokenUsage")) : ref("TokenUsage"), "citations": array(of: ref("Citation")),
            ], optional: isChunk ? ["usage", "citations"] : ["citations"])
    }

    /// - Parameter dimension: the dimension of the embedding model.
    static func embeddingRequest(dimension: Int, maximumInputs: Int, maximumBytes: Int) -> JSONValue {
        let text = text(length: 1...maximumBytes)
        return request(
            [
                "model": string,
                "input": described(
                    "A text, texts, or with `token_ids` a list of token ids, or such lists.",
                    ["anyOf": [text, array(of: text, count: 1...maximumInputs), array(of: count), array(of: array(of: count))]]),
                "token_ids": described("Says that `input` has the model's own token ids.", choice(["model"])),
                "encoding_format": choice(["float", "base64"], default: "float"), "dimensions": integer(dimension...dimension),
                "input_type": choice(EmbeddingPurpose.inputTypes),
            ], required: ["model", "input"], isOpen: true, description: "Other members are ignored.")
    }

    static let embeddings: JSONObject = [
        "EmbeddingList": object([
            "object": constant("list"), "model": string, "data": array(of: ref("Embedding")),
            "usage": object(["prompt_tokens": count, "total_tokens": count]),
        ]),
        "Embedding": object([
            "object": constant("embedding"), "index": count,
            "embedding": described("Numbers, or base64 of their float32 in little-endian.", ["anyOf": [array(of: number), string]]),
        ]),
        "ModelList": object(["object": constant("list"), "data": array(of: ref("Model"))]),
        "Model": object(["id": string, "object": constant("model"), "created": count, "owned_by": string]),
    ]
}
