import JSON
import Retrieval

/// The HTTP interface in OpenAPI 3.1. A test compares its paths with the routes.
enum OpenAPIDocument {
    static let value: JSONValue = [
        "openapi": "3.1.0",
        "info": [
            "title": "contextd", "version": .string(ContextdVersion.current),
            "description": "Stores documents, searches them and answers questions from them. All data belongs to the tenant of the key.",
            "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
        ],
        "security": [["key": []]],
        "paths": paths,
        "components": [
            "securitySchemes": ["key": ["type": "http", "scheme": "bearer", "description": "API key of the form ctx_<key id>_<secret>"]],
            "schemas": schemas,
            "responses": [
                "Problem": ["description": "error details", "content": ["application/problem+json": ["schema": ref("Problem")]]]
            ],
        ],
    ]

    private static let paths: JSONValue = [
        "/v1/documents": [
            "get": operation(
                "List documents in order of id", parameters: [query("limit", integer(1, 1000)), query("cursor", string)],
                responses: ["200": json("DocumentPage")]),
            "post": operation(
                "Upload a document", parameters: [wait],
                body: [
                    "application/json": ["schema": ref("NewDocument")], "multipart/form-data": ["schema": ref("DocumentForm")],
                ], responses: ["200": json("Written"), "202": json("Accepted")]),
        ],
        "/v1/documents/import": [
            "post": operation(
                "Import many documents", body: ["application/x-ndjson": ["schema": ref("NewDocument")]],
                responses: [
                    "200": [
                        "description": "progress, rejected lines and totals, one per line", "content": ["application/x-ndjson": [:]],
                    ]
                ])
        ],
        "/v1/documents/{id}": [
            "get": operation("Get a document's state and metadata", parameters: [id], responses: ["200": json("Document")]),
            "put": operation(
                "Upload or replace a document", parameters: [id, wait],
                body: ["application/json": ["schema": ref("NewDocument")], "*/*": [:]],
                responses: ["200": json("Written"), "202": json("Accepted")]),
            "delete": operation("Delete a document", parameters: [id], responses: ["204": ["description": "deleted"]]),
        ],
        "/v1/documents/{id}/content": [
            "get": operation(
                "Get a document's extracted text", parameters: [id],
                responses: ["200": ["description": "UTF-8 text", "content": ["text/plain": ["schema": string]]]])
        ],
        "/v1/jobs/{id}": [
            "get": operation("Get a job's state", parameters: [id], responses: ["200": json("Job")]),
            "delete": operation(
                "Cancel a job, or erase the stored upload of a failed one", parameters: [id],
                responses: ["204": ["description": "cancelled"]]),
        ],
        "/v1/jobs/{id}/retry": [
            "post": operation("Retry a failed job whose upload is still stored", parameters: [id], responses: ["202": json("Job")])
        ],
        "/v1/jobs/{id}/events": [
            "get": operation(
                "Stream the changes of a job", parameters: [id],
                responses: ["200": ["description": "server-sent events", "content": ["text/event-stream": [:]]]])
        ],
        "/v1/search": [
            "post": operation(
                "Search documents", body: ["application/json": ["schema": ref("Search")]], responses: ["200": json("SearchResults")])
        ],
        "/v1/index/stats": ["get": operation("Get index statistics", responses: ["200": json("IndexStatistics")])],
        "/v1/embeddings": [
            "post": operation(
                "Create embeddings (compatible with OpenAI's API)", body: ["application/json": ["schema": ref("Embed")]],
                responses: ["200": ["description": "vectors", "content": ["application/json": [:]]]])
        ],
        "/v1/chat/completions": [
            "post": operation(
                "Answer from the tenant's documents (compatible with OpenAI's API)", body: ["application/json": ["schema": ref("Chat")]],
                responses: [
                    "200": [
                        "description": "a completion, or its stream", "content": ["application/json": [:], "text/event-stream": [:]],
                        "headers": ["X-Contextd-Model": ["description": "the configured model that answered", "schema": string]],
                    ]
                ])
        ],
        "/v1/completions": [
            "post": operation(
                "Complete or answer a prompt (compatible with OpenAI's API)", body: ["application/json": ["schema": ref("TextCompletion")]],
                responses: [
                    "200": ["description": "a completion, or its stream", "content": ["application/json": [:], "text/event-stream": [:]]]
                ])
        ],
        "/api/mcp/query": [
            "post": operation(
                "Answer a question", body: ["application/json": ["schema": ref("Query")]], responses: ["200": json("QueryAnswer")])
        ],
        "/api/mcp/stream": [
            "get": operation(
                "Answer a question and stream the answer", parameters: [query("query", queryText), query("model", string)],
                responses: ["200": ["description": "events: token, done, error", "content": ["text/event-stream": [:]]]])
        ],
        "/api/mcp/ws": [
            "get": operation(
                "Answer questions over a WebSocket",
                responses: ["101": ["description": "WebSocket; the first message holds the key, each later one is a query"]])
        ],
        "/v1/models": [
            "get": operation("List models", responses: ["200": ["description": "models", "content": ["application/json": [:]]]])
        ],
        "/v1/usage": [
            "get": operation(
                "Get model usage and quota",
                parameters: [
                    query("from", string), query("to", string), query("group_by", string), query("limit", integer(1, 1000)),
                    query("cursor", string),
                ], responses: ["200": json("Usage")])
        ],
        "/mcp": [
            "post": operation(
                "Model Context Protocol over Streamable HTTP", body: ["application/json": [:]],
                responses: ["200": ["description": "JSON-RPC", "content": ["application/json": [:]]]])
        ],
        "/metrics": [
            "get": [
                "summary": "Get metrics", "security": [],
                "responses": ["200": ["description": "Prometheus text format", "content": ["text/plain": ["schema": string]]]],
            ]
        ],
        "/health/live": ["get": open("Check that the process is alive")],
        "/health/ready": ["get": open("Check that the server is ready")],
        "/openapi.json": ["get": open("Get this document")],
    ]

    private static let schemas: JSONValue = [
        "Problem": object(
            ["type": string, "title": string, "status": integer(400, 599), "detail": string, "code": string, "request_id": string],
            required: ["type", "title", "status", "detail", "code", "request_id"]),
        "NewDocument": object(
            ["id": string, "title": string, "text": string, "url": string, "metadata": ["type": "object"]], required: ["text"]),
        "DocumentForm": object(
            ["file": ["type": "string", "format": "binary"], "id": string, "title": string, "url": string, "metadata": string],
            required: ["file"]),
        "Accepted": object(["id": string, "status": string, "job_id": string], required: ["id", "status", "job_id"]),
        "Written": object(
            ["id": string, "status": string, "job_id": string, "chunks": ref("ChunkCounts")], required: ["id", "status", "chunks"]),
        "ChunkCounts": object(["embedded": count, "reused": count, "removed": count], required: ["embedded", "reused", "removed"]),
        "Document": object(
            [
                "id": string, "status": ["enum": ["ready", "queued", "processing", "failed"]], "title": nullable, "url": nullable,
                "metadata": ["type": "object"], "media_type": string, "size_bytes": count, "chunks": count,
                "spans": ["type": "array", "items": ["type": "object"]], "created_at": string, "updated_at": string,
                "job_id": string, "pending_job_id": string, "error": ["type": ["object", "null"]],
            ], required: ["id", "status"]),
        "DocumentPage": object(
            ["data": ["type": "array", "items": ref("Document")], "next_cursor": nullable], required: ["data", "next_cursor"]),
        "Job": object(
            [
                "id": string, "document_id": string, "stage": ["enum": ["queued", "running", "ready", "failed", "cancelled"]],
                "chunks": ref("ChunkCounts"), "error": ["type": ["object", "null"]], "retryable": ["type": "boolean"],
                "created_at": string, "updated_at": string,
            ], required: ["id", "document_id", "stage"]),
        "Search": object(
            [
                "query": queryText, "limit": integer(1, 100), "mode": ["enum": ["hybrid", "dense", "lexical"]],
                "filter": [
                    "type": "object",
                    "description": """
                    Metadata filter: {"key":…,"op":"eq|ne|gt|gte|lt|lte|in|nin","value":…}, {"and":[…]} or {"or":[…]}
                    """,
                ], "group_by": ["enum": ["document"]], "explain": ["type": "boolean"],
                "diversity": ["type": "number", "minimum": 0, "maximum": 1],
            ], required: ["query"]),
        "SearchResults": object(
            ["results": ["type": "array", "items": ref("SearchResult")], "took_ms": ["type": "number"]],
            required: ["results", "took_ms"]),
        "SearchResult": object(
            [
                "document_id": string, "chunk_id": string, "title": nullable, "url": nullable, "text": string,
                "score": ["type": "number"], "span": object(["start": count, "end": count], required: ["start", "end"]),
                "headings": ["type": "array", "items": string], "metadata": ["type": "object"], "explain": ["type": "object"],
            ], required: ["document_id", "chunk_id", "title", "url", "text", "score", "span", "metadata"]),
        "IndexStatistics": object(
            [
                "chunks": count, "documents": count, "deleted_rows": count, "mode": ["enum": ["exact", "graph"]], "graph_rows": count,
                "recall": ["type": ["object", "null"]], "sequence": count,
                "bytes": object(
                    ["memory": count, "dense": count, "lexical": count, "disk": count], required: ["memory", "dense", "lexical", "disk"]),
            ], required: ["chunks", "documents", "deleted_rows", "mode", "recall", "bytes", "sequence"]),
        "Usage": object(
            [
                "from": string, "to": string, "data": ["type": "array", "items": ["type": "object"]], "next_cursor": nullable,
                "total": object(
                    [
                        "requests": count, "prompt_tokens": count, "completion_tokens": count, "total_tokens": count,
                        "cached_tokens": count, "retrieved_tokens": count, "estimated_requests": count,
                        "mean_first_token_ms": ["type": ["number", "null"]], "mean_duration_ms": ["type": ["number", "null"]],
                    ], required: ["requests", "prompt_tokens", "completion_tokens", "total_tokens"]),
                "quota": [
                    "type": ["object", "null"],
                    "properties": [
                        "limit": count, "period": ["enum": ["day", "month", "total"]], "used": count, "reserved": count, "left": count,
                        "resets_at": nullable,
                    ],
                ],
            ], required: ["from", "to", "data", "next_cursor", "total", "quota"]),
        "Embed": object(
            [
                "model": string, "input": ["type": ["string", "array"]], "encoding_format": ["enum": ["float", "base64"]],
                "dimensions": count, "user": string, "input_type": ["enum": ["query", "passage"]],
            ], required: ["model", "input"]),
        "Query": object(
            [
                "query": queryText, "context": ["type": ["string", "object"]], "model": string,
                "retrieval": ["type": "object"],
            ], required: ["query"]),
        "QueryAnswer": object(
            [
                "content": string, "citations": ["type": "array", "items": ["type": "object"]], "usage": ["type": "object"],
                "model": string,
            ],
            required: ["content", "citations", "usage", "model"]),
        "TextCompletion": object(
            [
                "model": string, "prompt": ["type": ["string", "array"]], "stream": ["type": "boolean"],
                "stream_options": object(["include_usage": ["type": "boolean"]], required: []), "retrieval": ["type": "object"],
            ], required: ["prompt"]),
        "Chat": object(
            [
                "model": string, "messages": ["type": "array", "minItems": 1, "items": ["type": "object"]], "stream": ["type": "boolean"],
                "stream_options": object(["include_usage": ["type": "boolean"]], required: []),
                "retrieval": object(
                    [
                        "enabled": ["type": "boolean"], "limit": integer(1, 100), "filter": ["type": "object"],
                        "max_context_tokens": integer(64, 1_000_000), "mode": ["enum": ["hybrid", "dense", "lexical"]],
                    ], required: []),
            ], required: ["messages"]),
    ]
}

// The helpers of the tables above.
extension OpenAPIDocument {
    private static let string: JSONValue = ["type": "string"]
    private static let nullable: JSONValue = ["type": ["string", "null"]]
    private static let queryText: JSONValue = [
        "type": "string", "minLength": 1, "maxLength": .init(SearchRequest.maximumQueryBytes),
        "description": .string("not blank, at most \(SearchRequest.maximumQueryBytes) bytes of UTF-8"),
    ]
    private static let count: JSONValue = ["type": "integer", "minimum": 0]
    private static let id: JSONValue = ["name": "id", "in": "path", "required": true, "schema": string]
    private static let wait = query("wait", ["type": "boolean"])

    private static func integer(_ low: Int, _ high: Int) -> JSONValue {
        ["type": "integer", "minimum": .init(low), "maximum": .init(high)]
    }

    private static func ref(_ name: String) -> JSONValue { ["$ref": .string("#/components/schemas/\(name)")] }

    private static func query(_ name: String, _ schema: JSONValue) -> JSONValue {
        ["name": .string(name), "in": "query", "schema": schema]
    }

    private static func object(_ properties: JSONValue, required: [String]) -> JSONValue {
        ["type": "object", "properties": properties, "required": .init(required)]
    }

    private static func json(_ name: String) -> JSONValue {
        ["description": .string(name), "content": ["application/json": ["schema": ref(name)]]]
    }

    private static func operation(
        _ summary: String, parameters: [JSONValue] = [], body: JSONValue? = nil, responses: JSONObject
    ) -> JSONValue {
        var responses = responses
        responses["default"] = ["$ref": "#/components/responses/Problem"]
        var operation: JSONObject = ["summary": .string(summary)]
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        if let body { operation["requestBody"] = ["required": true, "content": body] }
        operation["responses"] = .object(responses)
        return .object(operation)
    }

    private static func open(_ summary: String) -> JSONValue {
        ["summary": .string(summary), "security": [], "responses": ["200": ["description": "OK"]]]
    }
}
