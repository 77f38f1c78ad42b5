import Embeddings
import JSON
import Retrieval

/// The schemas of bodies and responses in the OpenAPI document, which routes name.
enum APISchema {
    static let all: JSONValue = [
        "Problem": object([
            "type": string, "title": string, "status": integer(400...599), "detail": string, "code": string, "request_id": string,
        ]),
        "NewDocument": object(["id": string, "title": string, "text": string, "url": string, "metadata": anyObject], required: ["text"]),
        "DocumentForm": object(
            ["file": ["type": "string", "format": "binary"], "id": string, "title": string, "url": string, "metadata": string],
            required: ["file"]),
        "Accepted": object(["id": string, "status": string, "job_id": string]),
        "Written": object(
            ["id": string, "status": string, "job_id": string, "chunks": ref("ChunkCounts")], required: ["id", "status", "chunks"]),
        "ChunkCounts": object(["embedded": count, "reused": count, "removed": count]),
        "Document": object(
            [
                "id": string, "status": oneOf("ready", "queued", "processing", "failed"), "title": type("string", "null"),
                "url": type("string", "null"), "metadata": anyObject, "media_type": string, "size_bytes": count, "chunks": count,
                "spans": array(of: anyObject), "created_at": string, "updated_at": string, "etag": string, "job_id": string,
                "pending_job_id": string, "error": type("object", "null"),
            ], required: ["id", "status"]),
        "DocumentPage": object(["data": array(of: ref("Document")), "next_cursor": type("string", "null")]),
        "Job": object(
            [
                "id": string, "document_id": string, "stage": oneOf("queued", "running", "ready", "failed", "cancelled"),
                "chunks": ref("ChunkCounts"), "error": type("object", "null"), "retryable": bool,
                "etag": type("string", "null"), "created_at": string, "updated_at": string,
            ], required: ["id", "document_id", "stage"]),
        "Search": object(
            [
                "query": queryText, "limit": integer(1...SearchRequest.maximumLimit), "mode": searchMode,
                "filter": [
                    "type": "object",
                    "description": """
                    Metadata filter: {"key":…,"op":"eq|ne|gt|gte|lt|lte|in|nin","value":…}, {"and":[…]} or {"or":[…]}
                    """,
                ], "group_by": oneOf("document"), "explain": bool, "diversity": ["type": "number", "minimum": 0, "maximum": 1],
            ], required: ["query"]),
        "SearchResults": object(["results": array(of: ref("SearchResult")), "took_ms": number]),
        "SearchResult": object(
            [
                "document_id": string, "chunk_id": string, "title": type("string", "null"), "url": type("string", "null"),
                "text": string, "score": number, "span": object(["start": count, "end": count]), "headings": array(of: string),
                "metadata": anyObject, "explain": anyObject,
            ], required: ["document_id", "chunk_id", "title", "url", "text", "score", "span", "metadata"]),
        "IndexStatistics": object(
            [
                "chunks": count, "documents": count, "deleted_rows": count, "mode": oneOf("exact", "graph"), "graph_rows": count,
                "recall": type("object", "null"), "sequence": count,
                "bytes": object(["memory": count, "dense": count, "lexical": count, "disk": count]),
            ], required: ["chunks", "documents", "deleted_rows", "mode", "recall", "bytes", "sequence"]),
        "Usage": object([
            "from": string, "to": string, "data": array(of: anyObject), "next_cursor": type("string", "null"),
            "total": object(
                [
                    "requests": count, "prompt_tokens": count, "completion_tokens": count, "total_tokens": count,
                    "cached_tokens": count, "retrieved_tokens": count, "estimated_requests": count,
                    "mean_first_token_ms": type("number", "null"), "mean_duration_ms": type("number", "null"),
                ], required: ["requests", "prompt_tokens", "completion_tokens", "total_tokens"]),
            "quota": [
                "type": ["object", "null"],
                "properties": [
                    "limit": count, "period": oneOf("day", "month", "total"), "used": count, "reserved": count, "left": count,
                    "resets_at": type("string", "null"),
                ],
            ],
        ]),
        "Embed": object(
            [
                "model": string, "input": type("string", "array"), "encoding_format": oneOf("float", "base64"), "dimensions": count,
                "user": string, "input_type": ["enum": .init(EmbeddingPurpose.inputTypes)], "token_ids": oneOf("model"),
            ], required: ["model", "input"]),
        "Query": object(
            ["query": queryText, "context": type("string", "object"), "model": string, "retrieval": anyObject], required: ["query"]),
        "QueryAnswer": object(["content": string, "citations": array(of: anyObject), "usage": anyObject, "model": string]),
        "TextCompletion": object(
            [
                "model": string, "prompt": type("string", "array"), "stream": bool, "stream_options": streamOptions,
                "retrieval": anyObject,
            ], required: ["prompt"]),
        "Chat": object(
            [
                "model": string, "messages": ["type": "array", "minItems": 1, "items": anyObject], "stream": bool,
                "stream_options": streamOptions,
                "retrieval": object(
                    [
                        "enabled": bool, "limit": integer(1...SearchRequest.maximumLimit), "filter": anyObject,
                        "max_context_tokens": integer(64...1_000_000), "mode": searchMode,
                    ], required: []),
            ], required: ["messages"]),
    ]

    static let queryText: JSONValue = [
        "type": "string", "minLength": 1, "maxLength": .init(SearchRequest.maximumQueryBytes),
        "description": .string("not blank, at most \(SearchRequest.maximumQueryBytes) bytes of UTF-8"),
    ]
    private static let searchMode = oneOf("hybrid", "dense", "lexical")
    private static let streamOptions = object(["include_usage": bool], required: [])
}

// The shapes that the schemas and the parameters of routes consist of.
extension APISchema {
    static let string: JSONValue = ["type": "string"]
    static let bool: JSONValue = ["type": "boolean"]
    private static let number: JSONValue = ["type": "number"]
    private static let anyObject: JSONValue = ["type": "object"]
    private static let count: JSONValue = ["type": "integer", "minimum": 0]

    static func integer(_ range: ClosedRange<Int>) -> JSONValue {
        ["type": "integer", "minimum": .init(range.lowerBound), "maximum": .init(range.upperBound)]
    }

    static func ref(_ name: String) -> JSONValue { ["$ref": .string("#/components/schemas/\(name)")] }

    private static func type(_ names: String...) -> JSONValue { ["type": .init(names)] }

    private static func oneOf(_ values: String...) -> JSONValue { ["enum": .init(values)] }

    private static func array(of items: JSONValue) -> JSONValue { ["type": "array", "items": items] }

    /// - Parameter required: names of the required properties; all if it is `nil`.
    private static func object(_ properties: JSONObject, required: [String]? = nil) -> JSONValue {
        ["type": "object", "properties": .object(properties), "required": .init(required ?? properties.keys)]
    }
}
